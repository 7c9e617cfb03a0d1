/** A part of what a person says to the model. */
export type Part = Readonly<
  | { type: "text"; text: string }
  | { type: "image"; mediaType: string; base64: string }
>;

/** The reasoning efforts a person can name. */
export const EFFORTS = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
  "ultra",
] as const;

/** One of {@linkcode EFFORTS}. */
export type Effort = typeof EFFORTS[number];

/** What goes to the model in one turn, in no provider's words. */
export interface Turn {
  readonly model: string;
  readonly effort: Effort;
  /** The system prompt; never empty. */
  readonly instructions: string;
  readonly parts: readonly Part[];
  /** A JSON Schema that the answer must fit. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** The conversation's UUIDv7. */
  readonly session: string;
}

/** What a request proves itself with. */
export type Credential = Readonly<{
  type: "oauth";
  accessToken: string;
  /** The ChatGPT account the request is billed to. */
  accountId: string | undefined;
  /** True for an account in the FedRAMP environment. */
  fedramp: boolean;
}>;

/** Everything an encoder needs beside the turn. */
export interface Access {
  readonly baseUrl: URL;
  readonly credential: Credential;
  /** The `User-Agent` header. */
  readonly userAgent: string;
  /** Opaque routing value of the previous response of this turn. */
  readonly turnState: string | undefined;
  /** Ends the request and its response's body. */
  readonly signal: AbortSignal;
}

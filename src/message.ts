/** A picture. */
export interface ImagePart {
  readonly type: "image";
  /** "image/png", "image/jpeg", "image/gif" or "image/webp". */
  readonly mediaType: string;
  readonly base64: string;
}

/** A part of what a person says to the model, or of what a tool found. */
export type Part = Readonly<{ type: "text"; text: string }> | ImagePart;

/** Who made an item: what is opaque in it goes back to the same account of the same provider only. */
export interface Origin {
  readonly provider: string;
  /** Undefined where the sign-in names none; null where it is not known any more, which is nobody's. */
  readonly account: string | undefined | null;
}

/** What the model made, in the provider's own words beside ours. */
export interface Made {
  /** The item as it was received, to be sent back as it is; undefined where our own words say all of it. */
  readonly raw: Readonly<Record<string, unknown>> | undefined;
  /** Undefined until the pipeline, which knows, has filled it in. */
  readonly origin: Origin | undefined;
}

/** One item of a conversation, in no provider's words. */
export type Item = Readonly<
  | { type: "user"; parts: readonly Part[] }
  // What stands for the older part of a conversation that outgrew the model's window.
  | { type: "summary"; text: string }
  | { type: "answer"; text: string } & Made
  | { type: "reasoning"; text: string } & Made
  | { type: "call"; id: string; name: string; arguments: string } & Made
  | {
    type: "result";
    /** The call's. */
    id: string;
    output: string;
    images: readonly ImagePart[];
    error: boolean;
  }
  // Of use to its provider alone, like a search that the service made by itself.
  | { type: "other" } & Made
>;

/** A tool as the model is told of it. */
export interface ToolSpec {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  readonly description: string;
  /** The JSON Schema of its arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

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

/** What "ultra", a name for people, is sent as where the account's catalogue does not say. */
export const ULTRA = "xhigh";

/** One of {@linkcode EFFORTS}. */
export type Effort = typeof EFFORTS[number];

/** What an account's catalogue says of one model. */
export interface ModelInfo {
  /** The name to pass as `--model`. */
  readonly id: string;
  /** The name for people. */
  readonly name: string;
  /** The efforts it offers, in the server's order; empty when it does not say. */
  readonly efforts: readonly string[];
  readonly defaultEffort: string | undefined;
  /** What the effort "ultra" is sent as. */
  readonly ultraEffort: string | undefined;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number | undefined;
  /** What it reads: "text", "image". */
  readonly modalities: readonly string[];
  /** It takes the lite shape of a request. */
  readonly lite: boolean;
  /** False for a model that works but is not shown to people. */
  readonly listed: boolean;
}

/** The models of an account, as the service last told them. */
export interface Catalogue {
  /** In the order in which people should see them. */
  readonly models: readonly ModelInfo[];
  /** The list's entity tag (RFC 9110, section 8.8.3). */
  readonly etag: string | undefined;
}

/** What goes to the model in one turn, in no provider's words. */
export interface Turn {
  readonly model: string;
  /** What the account's catalogue says of the model, where it is kept and has it. */
  readonly known: ModelInfo | undefined;
  /** One of {@linkcode EFFORTS}, or a word of the model's own. */
  readonly effort: string;
  /** A person named the effort; else it is a default, for models that are known to reason. */
  readonly effortChosen: boolean;
  /** The system prompt; never empty. */
  readonly instructions: string;
  /** The conversation so far; what the person says now is its last. */
  readonly items: readonly Item[];
  /** What the model may call; none in a run without tools. */
  readonly tools: readonly ToolSpec[];
  /** The service may search the web by itself. */
  readonly search: boolean;
  /** A JSON Schema that the answer must fit. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** Asks for one answer instead of a stream. */
  readonly whole: boolean;
  /** The most tokens of answer, thinking included. */
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  /** The conversation's UUIDv7. */
  readonly session: string;
}

/** A sign-in's token. */
export interface OauthCredential {
  readonly type: "oauth";
  readonly accessToken: string;
  /** The ChatGPT account the request is billed to. */
  readonly accountId: string | undefined;
  /** True for an account in the FedRAMP environment. */
  readonly fedramp: boolean;
}

/** A key, or none for a server that asks for none. */
export interface KeyCredential {
  readonly type: "api_key";
  readonly key: string | undefined;
}

/** What a request proves itself with. */
export type Credential = OauthCredential | KeyCredential;

/** Everything an encoder needs beside the turn. */
export interface Access {
  readonly baseUrl: URL;
  readonly credential: Credential;
  /** The `User-Agent` header. */
  readonly userAgent: string;
  /** Opaque routing value of the previous response of this turn. */
  readonly turnState: string | undefined;
  /** Leaves out what some servers refuse, since this one did. */
  readonly reduced: boolean;
  /** Ends the request and its response's body. */
  readonly signal: AbortSignal;
}

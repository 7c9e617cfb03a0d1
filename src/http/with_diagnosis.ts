import type { Host } from "../host.ts";
import type { Fetch } from "./fetch.ts";

/** What is asked about a connection that failed. */
export type DiagnosisHost = Pick<Host, "env" | "peerIssuer">;

/** The answer of a proxy, and of nobody else (RFC 9110, section 15.5.8). */
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Has a connection that fails told with what can be found out about it: a certificate's issuer, the proxy in between. */
export function withDiagnosis(fetch: Fetch, host: DiagnosisHost): Fetch {
  return async (request) => {
    try {
      const response = await fetch(request);
      if (response.status !== PROXY_AUTHENTICATION_REQUIRED) return response;
      await response.body?.cancel();
      throw new TypeError("proxy authentication required");
    } catch (error) {
      if (!(error instanceof TypeError) || request.signal.aborted) throw error;
      const { diagnose } = await import("./diagnose.ts");
      throw await diagnose(error, request, host);
    }
  };
}

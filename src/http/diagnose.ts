import type { PeerIssuer } from "../host.ts";
import {
  CHECK_NETWORK,
  ConnectError,
  connectText,
  explainConnect,
} from "./connect_failure.ts";
import { findProxy, type Proxy, proxyName } from "./proxy.ts";
import { oneLine } from "./redact.ts";
import type { DiagnosisHost } from "./with_diagnosis.ts";

/** A name in a certificate is whatever its maker wrote. */
const LONGEST_NAME = 80;

/**
 * Makes of the runtime's error one that says what a person needs: whose certificate was shown, which variable names the
 * proxy. An error of which nothing more is known comes back as it is.
 */
export async function diagnose(
  error: TypeError,
  { url, signal }: Pick<Request, "url" | "signal">,
  host: DiagnosisHost,
): Promise<TypeError> {
  const text = connectText(error);
  const target = new URL(url);
  const proxy = findProxy(target, host.env);
  const failure = /certificate/i.test(text)
    ? await explainCertificate(text, { target, proxy, signal, host })
    : proxy && explainProxy(text, { target, proxy });
  return failure === undefined ? error : new ConnectError(failure, error);
}

interface Failure {
  readonly why: string;
  readonly hint: string;
  readonly lasting: boolean;
}

async function explainCertificate(
  text: string,
  { target, proxy, signal, host }: {
    readonly target: URL;
    readonly proxy: Proxy | undefined;
    readonly signal: AbortSignal;
    readonly host: DiagnosisHost;
  },
): Promise<Failure> {
  const lasting = true;
  if (/certificate not valid for name/i.test(text)) {
    return {
      why: "it showed the certificate of another host",
      hint: proxy === undefined
        ? "Check the address, and whether something stands in between"
        : `Check the proxy ${proxyName(proxy)} in \`${proxy.variable}\``,
      lasting,
    };
  }
  const issuer = await host.peerIssuer(target, { proxy: proxy?.url, signal });
  const by = issuer === undefined ? "" : `, issued by ${nameOf(issuer)},`;
  if (/certificate: Expired|certificate expired|not valid yet/i.test(text)) {
    const what = /not valid yet/i.test(text)
      ? "is not valid yet"
      : "has expired";
    return {
      why: `its certificate${by} ${what}`,
      hint: "Check the clock of this machine",
      lasting,
    };
  }
  // The host moved what it names to the variable that the runtime adds to its roots.
  const file = host.env("SSL_CERT_FILE") ?? host.env("DENO_CERT");
  return {
    why: `its certificate${by} is not trusted`,
    hint: file === undefined
      ? "If that is your company's, name a PEM file with its root certificate in `SSL_CERT_FILE`"
      : `If that is your company's, its root certificate belongs into the file that \`SSL_CERT_FILE\` names, "${file}"`,
    lasting,
  };
}

function nameOf({ commonName, organization }: PeerIssuer): string {
  const name = commonName ?? organization ?? "somebody without a name";
  const of = commonName === undefined || organization === undefined ||
      commonName.includes(organization)
    ? ""
    : ` (${oneLine(organization, LONGEST_NAME)})`;
  return `"${oneLine(name, LONGEST_NAME)}"${of}`;
}

/** What the runtime says of a proxy, and what that means; the last ones are about whatever was connected to first. */
function explainProxy(
  text: string,
  { target, proxy }: { readonly target: URL; readonly proxy: Proxy },
): Failure | undefined {
  const { variable, url } = proxy;
  const name = `the proxy ${proxyName(proxy)} in \`${variable}\``;
  if (/proxy authentication required/i.test(text)) {
    return url.username === ""
      ? {
        why: `${name} asks for a user and a password`,
        hint: `Write them into \`${variable}\`: http://USER:PASSWORD@${
          proxyName(proxy)
        }`,
        lasting: true,
      }
      : {
        why: `${name} does not accept the user and the password given there`,
        hint: `Correct \`${variable}\``,
        lasting: true,
      };
  }
  const instead =
    `Check \`${variable}\`, or name ${target.hostname} in \`NO_PROXY\` if it can be reached without a proxy`;
  if (/unsuccessful tunnel|while tunnel/i.test(text)) {
    return {
      why: `${name} does not connect to it`,
      hint: instead,
      lasting: false,
    };
  }
  if (/corrupt message/i.test(text)) {
    return { why: `${name} is none for https`, hint: instead, lasting: true };
  }
  const { why } = explainConnect(new Error(text));
  const about = /proxy server unreachable/i.test(text)
    ? "cannot be reached"
    : why;
  if (about === undefined) return undefined;
  return {
    why: `${name}: ${about}`,
    hint: `${instead}. ${CHECK_NETWORK}`,
    lasting: false,
  };
}

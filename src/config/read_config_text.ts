import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";

/**
 * The text of config.toml, or undefined when there is none.
 *
 * @throws {MekaError} "config" when it is there and cannot be read.
 */
export async function readConfigText(
  path: string,
  host: Pick<Host, "readFile">,
): Promise<string | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await host.readFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError("config", `Cannot read "${path}": ${why}`, {
      cause: error,
    });
  }
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new MekaError("config", `Cannot read "${path}": it is not UTF-8`);
  }
}

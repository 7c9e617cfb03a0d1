import manifest from "../deno.json" with { type: "json" };

/** The version of this program, which `deno.json` alone holds. */
export const VERSION: string = manifest.version;

/** What meka calls itself towards the issuer and the services: as `originator`, and as the product of its `User-Agent`. */
export const ORIGINATOR = "meka_cli";

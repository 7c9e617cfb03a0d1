import manifest from "../deno.json" with { type: "json" };

/** The version of this program, which `deno.json` alone holds. */
export const VERSION: string = manifest.version;

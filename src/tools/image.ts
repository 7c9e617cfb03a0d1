import type { ImagePart } from "../message.ts";

/** The formats that the services accept, each known by its first bytes. */
const TYPES: readonly (readonly [string, RegExp])[] = [
  // deno-lint-ignore no-control-regex -- the signature is made to notice text conversions
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

/** An image as the model is shown it; undefined for bytes that are no PNG, JPEG, GIF or WebP. */
export function toImagePart(bytes: Uint8Array): ImagePart | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const mediaType = TYPES.find(([, signature]) => signature.test(start))?.[0];
  return mediaType === undefined
    ? undefined
    : { type: "image", mediaType, base64: bytes.toBase64() };
}

import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";

/** A PNG of one red pixel, in base64. */
export const RED_PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/** A WAV file without a sample, in base64. */
export const SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

/** The red pixel as content. */
export const IMAGE: ContentBlock = {
  type: "image",
  data: RED_PIXEL,
  mimeType: "image/png",
};

/** A result of one text block. */
export function textResult(text: string): CallToolResult {
  return { content: [{ type: "text", text }] };
}

/** Lets the time pass that a scenario asks for between two notifications. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

// @ts-types="@modelcontextprotocol/sdk/types"
import type { Tool } from "@modelcontextprotocol/sdk/types.js";

/** The line of the README after which the reference stands. */
export const REFERENCE_START = "<!-- tools: written by `deno task readme` -->";

/** The line of the README before which the reference ends. */
export const REFERENCE_END = "<!-- end of tools -->";

/** The README with the reference of these tools in its place. */
export function withReference(readme: string, tools: readonly Tool[]): string {
  const start = readme.indexOf(REFERENCE_START);
  const end = readme.indexOf(REFERENCE_END);
  if (start < 0 || end < start) {
    throw new Error("README.md has lost the place of its tool reference");
  }
  const head = readme.slice(0, start + REFERENCE_START.length);
  return `${head}\n\n${reference(tools)}\n${readme.slice(end)}`;
}

/** What the README explains once, as the target. */
const TARGET: readonly string[] = [
  "host",
  "username",
  "port",
  "password",
  "key_filename",
  "session",
];

/** Required parameters stand in bold, defaults after `=`. */
function reference(tools: readonly Tool[]): string {
  return tools.map((tool) => {
    const names = parameters(tool);
    const taken = names.length > 0 ? ` Takes ${names.join(", ")}.` : "";
    return `- \`${tool.name}\`: ${escape(tool.description ?? "")}${taken}\n`;
  }).join("");
}

function parameters(tool: Tool): readonly string[] {
  const required = tool.inputSchema.required ?? [];
  const properties = Object.entries(tool.inputSchema.properties ?? {});
  const hasTarget = TARGET.every((name) => properties.some(([own]) => own === name));
  const own = properties.filter(([name]) => !hasTarget || !TARGET.includes(name));
  const names = own.map(([name, schema]) => {
    const fallback = (schema as { default?: unknown }).default;
    const shown = fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`;
    return required.includes(name) ? `**\`${name}\`**` : `\`${name}${shown}\``;
  });
  const target = required.includes("host") ? "**the target**" : "the target";
  return hasTarget ? [target, ...names] : names;
}

/** Descriptions are plain text, and some name `<keys>`. */
function escape(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\<>*[\]]/g, "\\$&");
}

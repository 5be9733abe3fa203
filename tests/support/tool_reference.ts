import type { Tool } from "./packages/mcp_sdk.ts";

/** What the README explains once, as the target. */
const TARGET: readonly string[] = [
  "host",
  "username",
  "port",
  "password",
  "key_filename",
  "session",
];

/** The README's list of tools: required parameters stand in bold, defaults after `=`. */
export function toolReference(tools: readonly Tool[]): string {
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

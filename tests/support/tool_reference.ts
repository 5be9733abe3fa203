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

/** Required parameters stand in bold, defaults after `=`. */
function reference(tools: readonly Tool[]): string {
  const rows = tools.map((tool) => {
    const names = parameters(tool).join(", ") || "–";
    return `| \`${tool.name}\` | ${names} | ${firstLine(tool.description ?? "")} |`;
  });
  return ["| tool | parameters | does |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function parameters(tool: Tool): readonly string[] {
  const required = tool.inputSchema.required ?? [];
  return Object.entries(tool.inputSchema.properties ?? {}).map(([name, schema]) => {
    const fallback = (schema as { default?: unknown }).default;
    const shown = fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`;
    return required.includes(name) ? `**${name}**` : `${name}${shown}`;
  });
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.replaceAll("|", "\\|");
}

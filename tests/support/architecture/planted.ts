/** Sources that break one rule of the architecture each, and the word by which that is found. */
export const PLANTED: readonly {
  readonly breaks: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly found: string;
}[] = [
  {
    breaks: "src imports leftwards only, and neighbours are strangers",
    files: [{ path: "src/config/bad.ts", text: 'import "../shell/shell.ts";' }],
    found: "src/config/bad.ts:1 imports src/shell/shell.ts",
  },
  {
    breaks: "src imports leftwards only, and neighbours are strangers",
    files: [{ path: "src/sftp/bad.ts", text: 'import type { Shell } from "../shell/shell.ts";' }],
    found: "src/sftp/bad.ts:1",
  },
  {
    breaks: "src imports the file that defines a symbol, and packages where they belong",
    files: [{ path: "src/transport/ssh2/bad.ts", text: 'import { Client } from "ssh2";' }],
    found: "src/transport/ssh2/bad.ts:1 ssh2",
  },
  {
    breaks: "src imports the file that defines a symbol, and packages where they belong",
    files: [{ path: "src/sftp/bad.ts", text: 'export { PlainText } from "../clock.ts";' }],
    found: "src/sftp/bad.ts:1 ../clock.ts",
  },
  {
    breaks: "src touches private names of ssh2 behind one wall, which lists each repair",
    files: [{ path: "src/transport/bad.ts", text: "client._protocol.kex();" }],
    found: "src/transport/bad.ts ._protocol",
  },
  {
    breaks: "src uses timers, streams and the environment only where they belong",
    files: [{ path: "src/jobs/bad.ts", text: "setTimeout(() => {}, 10);\nDeno.env.get('A');" }],
    found: "src/jobs/bad.ts Deno.env",
  },
  {
    breaks: "one home for identity: nothing else makes a key of a target's parts",
    files: [{ path: "src/jobs/bad.ts", text: "const key = `${user}@${hostname}`;" }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "every export has a docstring",
    files: [{ path: "src/jobs/bad.ts", text: "export const A = 1;" }],
    found: "src/jobs/bad.ts export const A = 1;:1",
  },
  {
    breaks: "a docstring names the described thing: none begins with 'What' or 'Who'",
    files: [{ path: "src/jobs/bad.ts", text: "/** What a job is. */\nconst a = 1;" }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "a docstring names the described thing: none begins with 'What' or 'Who'",
    files: [{ path: "src/jobs/bad.ts", text: "/**\n * Who types.\n */\nconst a = 1;" }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "no banner divides a file: a second subject is another file",
    files: [{ path: "src/jobs/bad.ts", text: "// ---- the end\nconst a = 1;" }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "files are short",
    files: [{ path: "src/jobs/bad.ts", text: "f();\n".repeat(301) }],
    found: "src/jobs/bad.ts has 301 lines",
  },
  {
    breaks: "functions are short",
    files: [{ path: "src/jobs/bad.ts", text: `function long(): void {\n${"f();\n".repeat(40)}}` }],
    found: "long() has 42 lines",
  },
  {
    breaks: "no file of src loads itself, by whatever detour",
    files: [
      { path: "src/jobs/one.ts", text: 'import "./two.ts";' },
      { path: "src/jobs/two.ts", text: 'import "./one.ts";' },
    ],
    found: "src/jobs/one.ts > src/jobs/two.ts > src/jobs/one.ts",
  },
  {
    breaks: "a start loads nothing of the network, of keys or of files",
    files: [
      { path: "src/main.ts", text: 'import "./jobs/one.ts";' },
      { path: "src/jobs/one.ts", text: 'import { createHash } from "node:crypto";' },
    ],
    found: "src/main.ts > src/jobs/one.ts > node:crypto",
  },
  {
    breaks: "a folder of src holds no more files than a reader takes in",
    files: Array.from({ length: 23 }, (_, index) => ({
      path: `src/bad/file_${index}.ts`,
      text: "",
    })),
    found: "src/bad has 23 files",
  },
  {
    breaks: "src exports only what another file uses, or its own file and a test",
    files: [{ path: "src/jobs/bad.ts", text: `export const ${["NOBODY", "USES"].join("_")} = 1;` }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "file names are snake_case and say what they export",
    files: [{ path: "src/jobs/utils.ts", text: "" }, { path: "src/jobs/camelCase.ts", text: "" }],
    found: "src/jobs/utils.ts",
  },
  {
    breaks: "no code searches an error's message",
    files: [{ path: "src/jobs/bad.ts", text: 'if (error.message.includes("x")) f();' }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "no test asserts how long something took",
    files: [{ path: "tests/jobs/bad_test.ts", text: "const t = performance.now();" }],
    found: "tests/jobs/bad_test.ts",
  },
  {
    breaks: "a TODO names its issue",
    files: [{ path: "src/jobs/bad.ts", text: `// ${"TO"}DO: mend it` }],
    found: "src/jobs/bad.ts",
  },
  {
    breaks: "tests mirror src",
    files: [{ path: "tests/jobs/nothing_test.ts", text: "" }],
    found: "tests/jobs/nothing_test.ts",
  },
  {
    breaks: "a package that only tests need is named in one file of tests/support/packages",
    files: [{ path: "tests/jobs/bad_test.ts", text: 'import "npm:left-pad@1.3.0";' }],
    found: "tests/jobs/bad_test.ts left-pad",
  },
];

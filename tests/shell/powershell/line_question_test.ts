import assert from "node:assert/strict";
import { refusalOf } from "../../../src/shell/powershell/line_question.ts";

const LINES: readonly (readonly [line: string, refusal: string | undefined])[] = [
  [
    '[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [S] Suspend  [?] Help (default is "Y"): ',
    "N",
  ],
  [
    '[J] Ja  [A] Ja, alle  [N] Nein  [K] Nein, keine  [H] Anhalten  [?] Hilfe (Standard ist "J"): ',
    "N",
  ],
  [
    "[O] Oui  [T] Oui pour tout  [N] Non  [U] Non pour tout  [S] Suspendre  [?] Aide (la valeur par défaut est « O ») : ",
    "N",
  ],
  ['[Y] Yes  [A] Yes to All  [H] Halt Command  [S] Suspend  [?] Help (default is "Y"): ', "H"],
  ['[Y] Yes  [N] No  [S] Suspend  [?] Help (default is "Y"): ', "N"],
  ['[Y] Yes  [N] No  [?] Help (default is "N"): ', "N"],
  ["[Y] 是  [A] 全是  [N] 否  [L] 全否  [S] 挂起  [?] 帮助 (默认值为“Y”)：", "N"],
  ['[S] Suspend  [?] Help (default is "Y"): ', undefined],
  ['(default is "Y"): ', undefined],
  ['[K] Keep  [D] Delete  [?] Help (default is "K"): ', undefined],
  ['[J] Ja  [N] Nein  [H] Anhalten  [?] Hilfe (Standard ist "J"): ', undefined],
  ["Name: ", ""],
  ["[1] one  [2] two: ", ""],
  ["Path[0]: ", ""],
  ["", ""],
];

Deno.test("refusalOf() finds the choice that consents to nothing, in any language", () => {
  for (const [line, refusal] of LINES) assert.equal(refusalOf(line), refusal, line);
});

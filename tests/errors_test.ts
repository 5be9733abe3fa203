import assert from "node:assert/strict";
import { FileError, HostKeyError } from "../src/errors.ts";

Deno.test("SshError.reworded() keeps kind, question, cause and advice", () => {
  const cause = new Error("below");
  const error = new HostKeyError("seen", "move", { cause, question: "key" }).reworded("other");
  assert.ok(error instanceof HostKeyError);
  const { message, advice, question } = error;
  assert.deepEqual({ message, advice, question }, {
    message: "other",
    advice: "move",
    question: "key",
  });
  assert.equal(error.cause, cause);
});

Deno.test("FileError.reworded() keeps the errno name", () => {
  assert.equal(new FileError("seen", "move", "ENOENT").reworded("a", "b").code, "ENOENT");
});

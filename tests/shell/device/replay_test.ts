import assert from "node:assert/strict";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import { describeReplay, replayTranscript } from "../../../src/shell/device/replay.ts";

const table = new ProfileTable();
const BACK = "\b".repeat(10) + " ".repeat(10) + "\b".repeat(10);

const IOS_RECORDING = [
  "\r\nUser Access Verification\r\n\r\nR1>enable\r\nPassword: \r\nR1#",
  "show running-config\r\nBuilding configuration...\r\n!\r\nhostname R1\r\n --More-- ",
  BACK + "banner motd # R9# #\r\n\r\nend\r\n\r\nR1#\r\nR1#configure terminal\r\n",
  "Enter configuration commands, one per line.\r\nR1(config)#blurp\r\n     ^\r\n",
  "% Invalid input detected at '^' marker.\r\n\r\nR1(config)#hostname R2\r\nR2(config)#",
].join("");

Deno.test("replayTranscript() shows what each command would have returned", () => {
  const replay = replayTranscript(table.get("ios"), IOS_RECORDING);
  assert.equal(replay.host, "R1");
  assert.equal(replay.pages, 1);
  assert.equal(replay.greeting, "\nUser Access Verification\n");
  assert.deepEqual(replay.commands.map(({ command, mode }) => [command, mode]), [
    ["enable", "privileged"],
    ["show running-config", "privileged"],
    ["configure terminal", "config"],
    ["blurp", "config"],
  ]);
  assert.equal(
    replay.commands[1]?.output,
    "Building configuration...\n!\nhostname R1\nbanner motd # R9# #\n\nend\n\n",
  );
  assert.equal(replay.commands[3]?.deviceError, "% Invalid input detected at '^' marker.");
  assert.match(replay.rest, /^hostname R2/);
});

Deno.test("replayTranscript() leaves Junos's header lines out and takes the mode from them", () => {
  const recording = "--- JUNOS 21.4\r\n{master:0}\r\nadmin@mx1> configure\r\n" +
    "Entering configuration mode\r\n\r\n{master:0}[edit]\r\nadmin@mx1# show | no-more\r\n" +
    "a;\r\n\r\n{master:0}[edit]\r\nadmin@mx1# exit\r\nExiting configuration mode\r\n\r\n" +
    "{master:0}\r\nadmin@mx1> ";
  const { commands } = replayTranscript(table.get("junos"), recording);
  assert.deepEqual(commands.map(({ command, output, mode }) => [command, output, mode]), [
    ["configure", "Entering configuration mode\n", "edit"],
    ["show | no-more", "a;\n", "edit"],
    ["exit", "Exiting configuration mode\n", "exec"],
  ]);
});

Deno.test("replayTranscript() says when no line is a prompt of the profile", () => {
  const replay = replayTranscript(table.get("routeros"), IOS_RECORDING);
  assert.equal(replay.host, undefined);
  assert.match(describeReplay(replay), /no line of the recording is one of its prompts/);
});

Deno.test("describeReplay() prints commands, modes, errors and output", () => {
  const text = describeReplay(replayTranscript(table.get("ios"), IOS_RECORDING));
  assert.match(text, /^profile ios, host R1, 4 commands, 1 pages\n/);
  assert.match(text, /> blurp {3}\(config, error: % Invalid input/);
  assert.match(text, / {2}\| hostname R1\n/);
});

import assert from "node:assert/strict";
import { addressInBlock, canonicalAddress } from "../../../src/config/ssh_config/address.ts";

const canonical: readonly (readonly [string, string | undefined])[] = [
  ["127.0.0.1", "127.0.0.1"],
  ["127.1", "127.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["010.0.0.1", "8.0.0.1"],
  ["256.0.0.1", undefined],
  ["1.2.3.4.5", undefined],
  ["08.1", undefined],
  ["web", undefined],
  ["::1", "::1"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["1::2::3", undefined],
  ["12345::", undefined],
];

for (const [text, expected] of canonical) {
  Deno.test(`canonicalAddress("${text}") is ${expected}`, () => {
    assert.equal(canonicalAddress(text), expected);
  });
}

const blocks: readonly (readonly [string, string, string])[] = [
  ["10.1.2.3", "10.0.0.0/8", "inside"],
  ["11.1.2.3", "10.0.0.0/8", "outside"],
  ["10.1.2.3", "10.1.2.3", "inside"],
  ["2001:db8::5", "2001:db8::/32", "inside"],
  ["10.1.2.3", "2001:db8::/32", "outside"],
  ["10.1.2.3", "10.0.0.1/8", "no block"],
  ["10.1.2.3", "10.0.0.0/33", "no block"],
  ["10.1.2.3", "net", "no block"],
];

for (const [address, block, expected] of blocks) {
  Deno.test(`addressInBlock("${address}", "${block}") says ${expected}`, () => {
    const verdict = addressInBlock(address, block);
    const word = verdict === undefined ? "no block" : verdict ? "inside" : "outside";
    assert.equal(word, expected);
  });
}

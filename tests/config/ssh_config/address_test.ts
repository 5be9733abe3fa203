import assert from "node:assert/strict";
import { canonicalAddress, isAddressBlock } from "../../../src/config/ssh_config/address.ts";

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

const blocks: readonly (readonly [string, boolean])[] = [
  ["10.0.0.0/8", true],
  ["10.1.2.3", true],
  ["2001:db8::/32", true],
  ["0.0.0.0/0", true],
  ["10.0.0.1/8", false],
  ["10.0.0.0/33", false],
  ["10.0.0.0/8/8", false],
  ["10.0.0.0/", false],
  ["net", false],
];

for (const [block, expected] of blocks) {
  Deno.test(`isAddressBlock("${block}") is ${expected}`, () => {
    assert.equal(isAddressBlock(block), expected);
  });
}

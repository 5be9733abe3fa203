import assert from "node:assert/strict";
import { refuseProxyCommand } from "../../src/config/proxy_command.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { userConfig } from "./memory_sources.ts";

const table: readonly (readonly [string, string | undefined])[] = [
  ["ssh -W %h:%p bastion", "bastion"],
  ["ssh bastion -W %h:%p", "bastion"],
  ["exec /usr/bin/ssh -q -W %h:%p deploy@bastion", "deploy@bastion"],
  ["ssh -l deploy -p 2222 -W '[%h]:%p' bastion", "deploy@bastion:2222"],
  ["ssh -p2222 -i ~/.ssh/id bastion nc %h %p", "bastion:2222"],
  ["ssh -qAx -o StrictHostKeyChecking=no bastion nc -w 5 %h %p 2>/dev/null", "bastion"],
  ["nc -X connect -x proxy:3128 %h %p", undefined],
  ["cloudflared access ssh --hostname %h", undefined],
  ["aws ssm start-session --target %h", undefined],
  ["ssh", undefined],
  ['ssh "open', undefined],
];

for (const [command, jump] of table) {
  Deno.test(`refuseProxyCommand("${command}") names ${jump ?? "no jump host"}`, () => {
    const error = refuseProxyCommand(command, { host: "web", place: "config:3" });
    assert.ok(error instanceof UnsupportedError);
    assert.match(error.message, /"web".*config:3/);
    const wanted = jump === undefined ? "ProxyJump HOST" : `"ProxyJump ${jump}"`;
    assert.ok(error.advice.includes(wanted), error.advice);
  });
}

Deno.test("resolveHost() prints a ProxyCommand and refuses only to connect", async () => {
  const config = "Host web\nProxyCommand ssh -W %h:%p bastion\n";
  const resolved = await resolveHost({ host: "web" }, userConfig(config));
  assert.ok(resolved.refusal instanceof UnsupportedError);
  assert.match(resolved.refusal.message, /config:2/);
  const printed = resolved.settings.find(({ keyword }) => keyword === "proxycommand");
  assert.equal(printed?.value, "ssh -W %h:%p bastion");
  assert.match(printed?.origin ?? "", /config:2$/);
});

import assert from "node:assert/strict";
import { startProxiedWorld } from "./proxied_world.ts";

Deno.test("the same host at another address is found by the next command", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy, sshd } = world;
  await server.run("cd /var");
  await using elsewhere = await startProxiedWorld({
    config: [`HostKey ${sshd.hostKeyPath()}`, `AuthorizedKeysFile ${authorizedKeys(sshd)}`],
    accounts: sshd.account ? [sshd.account] : [],
  });
  proxy.targetPort = elsewhere.sshd.port;
  proxy.reset();
  const reply = await server.run("echo $SSH_CONNECTION");
  assert.match(reply.body, new RegExp(` ${elsewhere.sshd.port}\n\\[new shell: `));
});

Deno.test("another host at the same address is refused by its host key", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy } = world;
  await server.run("true");
  await using stranger = await startProxiedWorld();
  proxy.targetPort = stranger.sshd.port;
  proxy.reset();
  const reply = await server.run("echo hello");
  assert.ok(reply.isError);
  assert.match(reply.text, /host key[^]*SHA256:/i);
});

function authorizedKeys(sshd: { readonly directory: string }): string {
  return `${sshd.directory}/authorized_keys`;
}

import assert from "node:assert/strict";
import { ConfigError } from "../../src/errors.ts";
import { readServeSettings } from "../../src/serve/settings.ts";

const SECRET = "s".repeat(32);
const ISSUED = {
  MCP_SSH_ISSUER: "https://idp.example",
  MCP_SSH_RESOURCE: "https://ssh.example/mcp",
};
const CLUSTER = {
  MCP_SSH_DATABASE: "postgres://db/x",
  MCP_SSH_PEER_LISTEN: "8081",
  MCP_SSH_PEER_URL: "http://10.0.0.1:8081",
  MCP_SSH_CLUSTER_SECRET: SECRET,
};

function read(environment: Readonly<Record<string, string>>): ReturnType<typeof readServeSettings> {
  return readServeSettings(environment, () => Promise.reject(new Error("no such file")));
}

Deno.test("readServeSettings() listens on loopback for one caller where nothing is said", async () => {
  const { listen, issuer, cluster, resource } = await read({});
  assert.deepEqual(listen, { hostname: "127.0.0.1", port: 8080 });
  assert.equal(resource.href, "http://127.0.0.1:8080/mcp");
  assert.deepEqual([issuer, cluster], [undefined, undefined]);
});

Deno.test("readServeSettings() understands a whole cluster, with two secrets in turn", async () => {
  const settings = await read({
    ...ISSUED,
    ...CLUSTER,
    MCP_SSH_LISTEN: "[::]:8443",
    MCP_SSH_CLUSTER_SECRET: `${SECRET}\n${"o".repeat(40)}\n`,
    MCP_SSH_SIGNER: "vault:https://vault.example/v1/ssh/sign/team",
    MCP_SSH_SIGNER_TOKEN: "t",
  });
  assert.deepEqual(settings.listen, { hostname: "::", port: 8443 });
  assert.equal(settings.cluster?.secrets.length, 2);
  assert.equal(settings.signer?.url.href, "https://vault.example/v1/ssh/sign/team");
  assert.equal(settings.issuer?.audience, "https://ssh.example/mcp");
});

const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["an open port without an issuer", { MCP_SSH_LISTEN: "0.0.0.0:8080" }],
  ["an issuer without a resource", { MCP_SSH_ISSUER: "https://idp.example" }],
  ["a scope that nobody checks", { MCP_SSH_SCOPE: "ssh" }],
  ["a certificate without its key", { MCP_SSH_TLS_CERT: "/c" }],
  ["an address that is none", { MCP_SSH_LISTEN: "here" }],
  ["a URL that is none", { ...ISSUED, MCP_SSH_ISSUER: "idp" }],
  ["a short secret", { ...ISSUED, ...CLUSTER, MCP_SSH_CLUSTER_SECRET: "short" }],
  ["a secret file that is not there", { ...CLUSTER, MCP_SSH_CLUSTER_SECRET_FILE: "/none" }],
  ["peers without a database", { MCP_SSH_PEER_URL: "http://10.0.0.1:8081" }],
  ["a client without an issuer", { MCP_SSH_CLIENT_ID: "console" }],
  ["a client's secret without the client", { ...ISSUED, MCP_SSH_CLIENT_SECRET_FILE: "/s" }],
  ["questions about tokens by nobody", { ...ISSUED, MCP_SSH_INTROSPECT: "1" }],
  [
    "questions about tokens without a client's secret",
    { ...ISSUED, MCP_SSH_CLIENT_ID: "console", MCP_SSH_INTROSPECT: "1" },
  ],
  ["a signer of another kind", { MCP_SSH_SIGNER: "aws:https://x.example" }],
  ["a signer without a token", { MCP_SSH_SIGNER: "vault:https://x.example" }],
  ...Object.keys(CLUSTER).filter((name) => name !== "MCP_SSH_DATABASE").map((name) =>
    [`a cluster without ${name}`, { ...CLUSTER, [name]: "" }] as const
  ),
];

for (const [name, environment] of REFUSED) {
  Deno.test(`readServeSettings() refuses ${name}`, async () => {
    await assert.rejects(read(environment), ConfigError);
  });
}

Deno.test("readServeSettings() refuses what opens the ports or files of one machine", async () => {
  for (const name of ["CONSOLE", "DOWNLOADS", "FORWARD", "LOCAL_ROOTS"]) {
    await assert.rejects(read({ [`MCP_SSH_${name}`]: "1" }), new RegExp(`MCP_SSH_${name} opens`));
  }
});

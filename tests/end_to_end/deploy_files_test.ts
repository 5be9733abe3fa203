import assert from "node:assert/strict";
import { readServeSettings } from "../../src/serve/settings.ts";
import { command } from "../support/command.ts";
import { parse, parseAllDocuments } from "../support/packages/yaml.ts";
import { ENGINE_FLAG, PRODUCTION_FLAGS } from "../support/program.ts";
import { HAPROXY_CONFIG } from "../support/serve/haproxy.ts";
import { REPOSITORY } from "../support/source_file.ts";

type Settings = Readonly<Record<string, string>>;

const DRAIN_SPARE_S = 5;

function read(path: string): string {
  return Deno.readTextFileSync(`${REPOSITORY}.github/${path}`);
}

/** The settings are whole, and each is explained. */
async function assertUsable(environment: Settings): Promise<void> {
  const secret = "s".repeat(32);
  const settings = await readServeSettings(environment, () => Promise.resolve(secret));
  assert.equal(settings.listen.port, 8080);
  assert.equal(settings.cluster?.peerListen.port, 8081);
  assert.equal(settings.metricsListen?.port, 9090);
  const explained = read("SHARED_SERVER.md") + Deno.readTextFileSync(`${REPOSITORY}README.md`);
  for (const name of Object.keys(environment).filter((one) => one.startsWith("MCP_SSH_"))) {
    assert.ok(explained.includes(`\`${name}\``), `${name} is not explained`);
  }
}

Deno.test("the container runs the pinned runtime with the production permissions", () => {
  const text = read("deploy/Containerfile");
  assert.ok(text.includes(`FROM denoland/deno:${Deno.version.deno}\n`));
  const [, list] = /^ENTRYPOINT (\[.*\])$/m.exec(text)!;
  const [program, verb, ...flags] = JSON.parse(list!) as string[];
  assert.deepEqual([program, verb, flags.at(-1)], ["deno", "run", "src/main.ts"]);
  const allowed = [...PRODUCTION_FLAGS, ENGINE_FLAG, "--cached-only", "--frozen"];
  assert.deepEqual(flags.slice(0, -1).sort(), allowed.sort());
  for (const [, path] of text.matchAll(/(src\/[\w/]+\.ts)/g)) read(`../${path}`);
});

Deno.test("the compose file starts replicas that drain before they are killed", async () => {
  const { services } = parse(read("deploy/compose.yaml"), { merge: true });
  for (const name of ["one", "two"]) {
    const { environment, stop_grace_period, read_only, cap_drop } = services[name];
    const filled = Object.entries(environment as Settings).map((
      [key, value],
    ) => [key, value.replace(/^\$\{.*\}$/, "https://ssh.example/mcp")]);
    await assertUsable(Object.fromEntries(filled));
    assert.equal(environment.MCP_SSH_PEER_URL, `http://${name}:8081`);
    const graceS = parseInt(stop_grace_period);
    assert.ok(graceS >= Number(environment.MCP_SSH_DRAIN_S) + DRAIN_SPARE_S);
    assert.deepEqual([read_only, cap_drop], [true, ["ALL"]]);
    assert.ok(read("deploy/haproxy.cfg").includes(`\n  server ${name} ${name}:8080\n`));
  }
  const [mounted] = services.balancer.volumes as readonly string[];
  assert.equal(mounted, "./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro");
});

Deno.test("HAProxy takes the balancer's file, which asks sooner than a replica leaves", async () => {
  const judge = await command(["/usr/sbin/haproxy", "-c", "-f", HAPROXY_CONFIG]);
  assert.equal(judge.code, 0, judge.stderr);
  const text = read("deploy/haproxy.cfg");
  const unresolved = /could not resolve address '(one|two)', disabling server/;
  const warnings = judge.stderr.split("\n").filter((line) => line.includes("[WARNING]"));
  assert.deepEqual(warnings.filter((line) => !unresolved.test(line)), []);
  assert.match(text, /^ {2}option httpchk GET \/readyz$/m);
  // A replica goes on for two seconds after the last request that reached it.
  const [, interS, fastMs, fall] = /inter (\d+)s fastinter (\d+)ms fall (\d+)/.exec(text)!;
  assert.ok(Number(interS) * 1_000 + Number(fastMs) * (Number(fall) - 1) < 2_000);
  assert.match(text, /^ {2}retry-on conn-failure$/m);
});

Deno.test("the Kubernetes manifests fit each other and the program", async () => {
  const documents = parseAllDocuments(read("deploy/kubernetes.yaml"));
  for (const { errors } of documents) assert.deepEqual(errors, []);
  // deno-lint-ignore no-explicit-any
  const [deployment, service, network, budget] = documents.map((one) => one.toJS()) as any[];
  const { spec } = deployment.spec.template;
  const [container] = spec.containers;
  const environment = Object.fromEntries(
    (container.env as { readonly name: string; readonly value?: string }[]).map((
      { name, value },
    ) => [name, value?.replace("$(POD_IP)", "10.0.0.1") ?? "postgres://db/ssh"]),
  );
  await assertUsable(environment);
  const drainS = Number(environment["MCP_SSH_DRAIN_S"]);
  assert.ok(spec.terminationGracePeriodSeconds >= drainS + DRAIN_SPARE_S);
  const mounts = container.volumeMounts as readonly { name: string; mountPath: string }[];
  const volumes = spec.volumes as readonly { name: string }[];
  assert.deepEqual(mounts.map(({ name }) => name), volumes.map(({ name }) => name));
  for (const path of [environment["MCP_SSH_POLICY"], environment["MCP_SSH_CLUSTER_SECRET_FILE"]]) {
    assert.ok(mounts.some(({ mountPath }) => path!.startsWith(`${mountPath}/`)), path);
  }
  const ports = (container.ports as readonly { name: string }[]).map(({ name }) => name);
  assert.ok(ports.includes(service.spec.ports[0].targetPort));
  const { labels } = deployment.spec.template.metadata;
  for (const { matchLabels } of [network.spec.podSelector, budget.spec.selector]) {
    assert.deepEqual(matchLabels, labels);
  }
  assert.deepEqual(service.spec.selector, labels);
  const { securityContext } = container;
  assert.ok(securityContext.readOnlyRootFilesystem);
  assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
});

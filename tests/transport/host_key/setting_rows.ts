import type { Keys, Row } from "./matrix_row.ts";

/**
 * One row is left out: a KnownHostsCommand that revokes what a known_hosts file knows. The command
 * cannot be asked, and refusing every key would leave no way to use a host that has one.
 */
export function settingForms(keys: Keys): readonly Row[] {
  return [...fileSettings(keys), ...checkSettings(keys), ...commandSettings(keys)];
}

function fileSettings(keys: Keys): readonly Row[] {
  const { name, own, other } = keys;
  const known = `${name} ${own}\n`;
  const changed = `${name} ${other}\n`;
  return [
    { title: "no file at all", settings: ["UserKnownHostsFile none"], known },
    { title: "a missing file", settings: ["UserKnownHostsFile /nonexistent/x"], known },
    {
      title: "two files, the second knows",
      settings: ["UserKnownHostsFile /dev/null FILE"],
      known,
    },
    { title: "the global file knows", global: known },
    { title: "the global file differs", global: changed },
    { title: "user knows, global differs", known, global: changed },
    { title: "user differs, global knows", known: changed, global: known },
    { title: "global revokes", known, global: `@revoked * ${own}\n` },
    { title: "global none", settings: ["GlobalKnownHostsFile none"], global: known },
    { title: "HostKeyAlias", settings: ["HostKeyAlias web"], known: `web ${own}\n` },
    { title: "HostKeyAlias in capitals", settings: ["HostKeyAlias WEB"], known: `web ${own}\n` },
    { title: "HostKeyAlias unknown", settings: ["HostKeyAlias web"], known },
    { title: "HostKeyAlias differs", settings: ["HostKeyAlias web"], known: `web ${other}\n` },
    {
      title: "HostKeyAlias has no port",
      settings: ["HostKeyAlias web"],
      known: `[web]:${keys.port} ${own}\n`,
    },
  ];
}

function checkSettings(keys: Keys): readonly Row[] {
  const { name, own, other } = keys;
  const known = `${name} ${own}\n`;
  return [
    ...["yes", "no"].flatMap((check) => [
      {
        title: `CheckHostIP ${check}: the address differs`,
        settings: [`CheckHostIP ${check}`, "HostName localhost"],
        known: `[localhost]:${keys.port} ${own}\n${name} ${other}\n`,
      },
    ]),
    {
      title: "HostKeyAlgorithms of another type",
      settings: ["HostKeyAlgorithms rsa-sha2-512"],
      known,
    },
    {
      title: "HostKeyAlgorithms of the type",
      settings: ["HostKeyAlgorithms ssh-ed25519"],
      known,
    },
    ...[1024, 2048, 3072].map((bits) => ({
      title: `RequiredRSASize ${bits} of 2048`,
      settings: [`RequiredRSASize ${bits}`, "HostKeyAlgorithms rsa-sha2-512"],
      known: `${name} ${keys.ownRsa}\n`,
    })),
    { title: "RequiredRSASize of no RSA key", settings: ["RequiredRSASize 9999"], known },
  ];
}

function commandSettings({ name, own, other }: Keys): readonly Row[] {
  const changed = `${name} ${other}\n`;
  return [
    { title: "VerifyHostKeyDNS", settings: ["VerifyHostKeyDNS yes"] },
    {
      title: "KnownHostsCommand revokes",
      settings: [`KnownHostsCommand /bin/echo @revoked * ${own}`],
    },
    {
      title: "KnownHostsCommand differs",
      settings: [`KnownHostsCommand /bin/echo ${name} ${other}`],
    },
    { title: "KnownHostsCommand knows", settings: [`KnownHostsCommand /bin/echo ${name} ${own}`] },
    {
      title: "NoHostAuthenticationForLocalhost",
      settings: ["NoHostAuthenticationForLocalhost yes"],
      known: changed,
    },
    { title: "BatchMode", settings: ["BatchMode yes"] },
  ];
}

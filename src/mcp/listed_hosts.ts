import { RefusedError } from "../errors.ts";
import { isReachable } from "../guard/rules.ts";
import type { HostList, Services } from "./call.ts";

/** Which hosts a caller is shown: those that the operator's rules do not close to that caller. */
type Asker = Pick<Services, "hosts" | "rules" | "caller">;

/**
 * The hosts of ssh_config that a caller may reach with some tool, asked about first or not.
 *
 * @throws {RefusedError} While the rules cannot be used.
 */
export async function listedHosts({ hosts, rules, caller }: Asker): Promise<HostList> {
  const list = await hosts.list();
  if (!rules.isSet) return list;
  const { file, preset } = await rules.read();
  const isListed = await Promise.all(list.hosts.map(async ({ alias }) => {
    return isReachable(file, { hosts: await namesOf(alias, list.summary), caller }, preset);
  }));
  return { ...list, hosts: list.hosts.filter((_, index) => isListed[index]) };
}

/** Its aliases, in the order of the files. */
export async function listedAliases(asker: Asker): Promise<readonly string[]> {
  if (!asker.rules.isSet) return await asker.hosts.aliases();
  return (await listedHosts(asker)).hosts.map(({ alias }) => alias);
}

/** @throws {RefusedError} For a host that the rules close to the caller. */
export async function throwIfClosed(host: string, { hosts, rules, caller }: Asker): Promise<void> {
  if (!rules.isSet) return;
  const { summary } = await hosts.list();
  const names = await namesOf(host, summary);
  const { file, preset } = await rules.read();
  if (isReachable(file, { hosts: names, caller }, preset)) return;
  throw new RefusedError(
    `The operator's rules do not let "${host}" be reached`,
    "list_hosts names the hosts that may be",
  );
}

/** As rules compare them: as called, and as ssh_config has it. */
async function namesOf(alias: string, summary: HostList["summary"]): Promise<readonly string[]> {
  const { hostname } = await summary(alias);
  return hostname === undefined ? [alias] : [alias, hostname];
}

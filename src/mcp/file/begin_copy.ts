import type { ResolvedHost } from "../../config/resolved_host.ts";
import { copyEvents } from "../../copy/copy_events.ts";
import type { CopySource } from "../../copy/copy_ends.ts";
import type { CopyPlace } from "../../copy/copy_place.ts";
import { type CopyReport, copyTree, newReport } from "../../copy/copy_tree.ts";
import { LocalSource } from "../../copy/local_source.ts";
import { remoteDestination, remoteSource } from "../../copy/remote_ends.ts";
import type { ScriptEnd } from "../../copy/script_ends.ts";
import { CopyCheck } from "../../copy/copy_check.ts";
import type { Job } from "../../jobs/job.ts";
import { shownPath } from "../../sftp/remote_path.ts";
import type { Call } from "../call.ts";
import type { Action } from "../permit/action.ts";
import { openFileCall } from "./file_call.ts";

/** The source and the destination of a copy, and as whom they are reached. */
export interface CopyArguments {
  readonly source: CopyPlace;
  readonly destination: CopyPlace & { readonly kind: "remote" };
  readonly recursive: boolean;
  readonly use_sudo: boolean;
  readonly sudo_password?: string | undefined;
}

/** A host's end of a copy. */
export interface End extends ScriptEnd {
  readonly host: ResolvedHost;
  readonly path: string;
}

/** Connects both ends, and begins the copy as a job of the destination's host. */
export async function beginCopy(args: CopyArguments, call: Call): Promise<Job> {
  const { source, destination } = args;
  const clientRoots = source.kind === "local" ? await call.clientRoots() : undefined;
  const from = source.kind === "local" ? undefined : await openEnd(source, args, call);
  const to = await openEnd(destination, args, call);
  const { concealer, commands, clock, localRoots } = call.services;
  const { recursive } = args;
  const isWithinHost = from?.connection === to.connection;
  const roots = { paths: localRoots, client: clientRoots };
  const openSource = (): Promise<CopySource> =>
    from === undefined ? Promise.resolve(new LocalSource(roots, clock)) : remoteSource(from);
  const paths = { from: from?.path ?? source.path, to: to.path };
  await call.permit(copyAction(args, paths, { from: from?.host, to: to.host }));
  call.audit({ user: to.host.user, path: paths.to, source: `${placeOf(source)}:${paths.from}` });
  const ofSource = from && concealer.redactor(from.host.host, from.host.hidden);
  const hide = (text: string): string => ofSource?.apply(text) ?? text;
  return commands.startTask(
    {
      host: to.host.host,
      user: to.host.user,
      session: "copy_file",
      command: hide(`copy_file ${placeOf(source)}:${paths.from} ${destination.host}:${paths.to}`),
    },
    (signal) => {
      const report = newReport();
      const run = { openSource, to, paths, recursive, isWithinHost, report, signal };
      return copyEvents({
        report,
        signal,
        clock,
        work: async () => (await copyAndVerify(run)).map(hide),
      });
    },
    concealer.redactor(to.host.host, to.host.hidden),
  );
}

function copyAction(
  { source, destination, ...args }: CopyArguments,
  paths: Run["paths"],
  { from, to }: { readonly from: ResolvedHost | undefined; readonly to: ResolvedHost },
): Action {
  return {
    hosts: [to, ...(from === undefined ? [] : [from])],
    words: "copy files",
    text: `from ${placeOf(source)}:${paths.from}\nto ${destination.host}:${paths.to}`,
    usesSudo: args.use_sudo || args.sudo_password !== undefined,
    facts: args.recursive ? ["directories with all that is in them"] : [],
  };
}

function placeOf(place: CopyPlace): string {
  return place.kind === "local" ? "local" : place.host;
}

/** Connects an end. */
export async function openEnd(
  { host, path }: Extract<CopyPlace, { readonly kind: "remote" }>,
  { use_sudo, sudo_password }: Pick<CopyArguments, "use_sudo" | "sudo_password">,
  call: Call,
): Promise<End> {
  const remote_path = path || ".";
  const target = { host, session: "main", remote_path, use_sudo, sudo_password };
  return { ...await openFileCall(target, call), clock: call.services.clock };
}

interface Run {
  readonly openSource: () => Promise<CopySource>;
  readonly to: End;
  readonly paths: { readonly from: string; readonly to: string };
  readonly recursive: boolean;
  readonly isWithinHost: boolean;
  readonly report: CopyReport;
  readonly signal: AbortSignal;
}

async function copyAndVerify(run: Run): Promise<readonly string[]> {
  const { openSource, to, paths, recursive, isWithinHost, report, signal } = run;
  {
    await using source = await openSource();
    await using destination = await remoteDestination(to);
    await using check = new CopyCheck({ end: to, reader: () => remoteSource(to), signal });
    const how = { recursive, isWithinHost, signal, report, check };
    await copyTree({ source, destination, ...paths, ...how });
  }
  return resultLines(report);
}

function resultLines(report: CopyReport): readonly string[] {
  const { files, last: only, directories, links, bytes, notes } = report;
  const others = directories === 0 ? "" : `, ${directories} directories, ${links} links`;
  return [
    `copied ${files} file${files === 1 ? "" : "s"}, ${bytes} bytes${others}`,
    directories === 0 && only !== undefined
      ? `sha256 ${only.sha256}, the same at both ends, of ${shownPath(only.path)}`
      : `the sha256 of each file is the same at both ends`,
    ...notes.map((note) => `note: ${note}`),
  ];
}

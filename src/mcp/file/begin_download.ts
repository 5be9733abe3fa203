import type { CopyPlace } from "../../copy/copy_place.ts";
import { downloadEvents } from "../../copy/download_events.ts";
import { remoteSource } from "../../copy/remote_ends.ts";
import { InputError, UnsupportedError } from "../../errors.ts";
import type { Job } from "../../jobs/job.ts";
import { nameOf, shownPath } from "../../sftp/remote_path.ts";
import type { Call } from "../call.ts";
import { waitForJob } from "../waiting.ts";
import { openEnd } from "./begin_copy.ts";

/** Until the file is on offer. */
const OFFERED_WITHIN_MS = 30_000;

/** A file of a host, and where a person or a program of this machine is to put it. */
export interface DownloadArguments {
  readonly source: CopyPlace;
  readonly destination: CopyPlace & { readonly kind: "local" };
  readonly use_sudo: boolean;
  readonly sudo_password?: string | undefined;
}

/**
 * Puts a file of a host on offer for this machine, as a job that ends once it was fetched; resolves
 * when it is on offer, or has failed.
 */
export async function beginDownload(args: DownloadArguments, call: Call): Promise<Job> {
  const { source, destination } = args;
  const { commands, clock, concealer, downloads } = call.services;
  if (downloads === undefined) throw localDestination();
  if (source.kind === "local") throw bothLocal();
  const door = await downloads();
  const end = await openEnd(source, args, call);
  const opened = await remoteSource(end);
  const { user, host } = end.host;
  call.audit({ user, path: end.path, destination: "local" });
  const to = localPath(destination.path, end.path);
  const offered = Promise.withResolvers<void>();
  const job = commands.startTask(
    {
      host,
      user,
      session: "copy_file",
      command: `copy_file ${host}:${end.path} local:${destination.path}`,
    },
    (signal) =>
      downloadEvents({
        door,
        source: opened,
        path: end.path,
        advise: (url) => `curl -fsS -o ${quoted(to)} ${url}`,
        clock,
        signal,
        onOffered: offered.resolve,
      }),
    concealer.redactor(host, end.host.hidden),
  );
  const ended = waitForJob(job, call, {
    holds: () => job.isFinished,
    timeoutMs: OFFERED_WITHIN_MS,
  });
  await Promise.race([offered.promise, ended]);
  return job;
}

/** As scp(1) takes a directory; whether it is one cannot be asked here. */
function localPath(path: string, from: string): string {
  return path.endsWith("/") ? `${path}${nameOf(from)}` : path;
}

function quoted(path: string): string {
  if (/^[\w./~-]+$/.test(path)) return path;
  return shownPath(path) === path ? `'${path.replaceAll("'", `'\\''`)}'` : "FILE";
}

function bothLocal(): InputError {
  return new InputError(
    "source and destination are both on this machine",
    "Name a host in one of them, such as web1:/var/log/syslog",
  );
}

function localDestination(): UnsupportedError {
  return new UnsupportedError(
    "This server cannot write files on its own machine",
    "Copy it by scp in a terminal there; read_file shows a file of up to 2 MiB; with " +
      "MCP_SSH_DOWNLOADS=127.0.0.1:PORT, which who starts the server can set, it gives an address " +
      "to fetch it from",
  );
}

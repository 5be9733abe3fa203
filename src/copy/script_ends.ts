import type { Clock } from "../clock.ts";
import { FileError } from "../errors.ts";
import { asideName, type FileFacts, TRANSFER_LIMIT_BYTES } from "../sftp/file_range.ts";
import { type FileKind, fileKind } from "../sftp/permissions.ts";
import type { RemoteFiles } from "../sftp/remote_files.ts";
import { directoryOf, inDirectory, nameOf } from "../sftp/remote_path.ts";
import type { Elevation } from "../sftp/script/elevation.ts";
import type { ScriptLine } from "../sftp/script/script_output.ts";
import {
  entriesSaid,
  factsSaid,
  runTreeStep,
  textSaid,
  type TreeStep,
} from "../sftp/script/tree_step.ts";
import type { Connection } from "../transport/transport.ts";
import type {
  CopyDestination,
  CopySource,
  OpenDestination,
  OpenSource,
  SourceFacts,
} from "./copy_ends.ts";

/** An end without SFTP, or where sudo is needed: each step is a script of its own. */
export interface ScriptEnd {
  readonly connection: Connection;
  readonly files: RemoteFiles;
  readonly clock: Clock;
  readonly elevation: Elevation;
}

/** A step takes a channel, of which the far end may allow few: one at a time, with much in it. */
export const SCRIPT_PACE = { chunkBytes: TRANSFER_LIMIT_BYTES, depth: 1, files: 8 };

class Steps {
  constructor(readonly end: ScriptEnd) {}

  run(path: string, step: TreeStep): Promise<readonly ScriptLine[]> {
    const { connection, clock, elevation } = this.end;
    return runTreeStep(connection, path, { step, options: { clock, elevation } });
  }
}

function sourceFacts(facts: FileFacts): SourceFacts {
  const { sizeBytes, mode, modifyTime } = facts;
  return { kind: fileKind(mode), sizeBytes, mode, modifyTime };
}

/** Files of a host, read by scripts. */
export class ScriptSource implements CopySource {
  readonly pace = SCRIPT_PACE;
  readonly #steps: Steps;

  constructor(end: ScriptEnd) {
    this.#steps = new Steps(end);
  }

  async stat(path: string): Promise<SourceFacts> {
    return sourceFacts(factsSaid(await this.#steps.run(path, { op: "stat" })));
  }

  async *list(path: string): AsyncGenerator<{ name: string; facts: SourceFacts }> {
    const said = await this.#steps.run(path, { op: "list" });
    for (const { name, facts } of entriesSaid(path, said)) {
      yield { name, facts: sourceFacts(facts) };
    }
  }

  async readlink(path: string): Promise<string> {
    return textSaid(await this.#steps.run(path, { op: "readlink" }), "text");
  }

  async open(path: string): Promise<OpenSource> {
    const { files, connection, elevation } = this.#steps.end;
    let seen = await this.stat(path);
    return {
      facts: () => Promise.resolve(seen),
      read: async (offset, { length: limitBytes }) => {
        const range = await files.read(connection, path, {
          elevation,
          request: { offset, limitBytes },
        });
        const { sizeBytes, modifyTime } = range.after;
        if (sizeBytes > 0 || seen.sizeBytes > 0) seen = { ...seen, sizeBytes, modifyTime };
        return range.bytes;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Files of a host, written by scripts. */
export class ScriptDestination implements CopyDestination {
  readonly pace = SCRIPT_PACE;
  readonly #steps: Steps;

  constructor(end: ScriptEnd) {
    this.#steps = new Steps(end);
  }

  async kindOf(path: string): Promise<FileKind | undefined> {
    try {
      return fileKind(factsSaid(await this.#steps.run(path, { op: "stat" })).mode);
    } catch (error) {
      if (error instanceof FileError && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#steps.run(path, { op: "mkdir" });
  }

  async finishDirectory(path: string, { mode, modifyTime }: SourceFacts): Promise<void> {
    const permissions = mode === undefined ? undefined : mode & 0o1777;
    await this.#steps.run(path, { op: "finish", permissions, modifyTime });
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#steps.run(path, { op: "rmdir" });
  }

  async symlink(path: string, text: string): Promise<void> {
    const aside = inDirectory(directoryOf(path), asideName());
    await this.#steps.run(aside, { op: "symlink", name: nameOf(path), text });
  }

  async open(path: string): Promise<OpenDestination> {
    const target = textSaid(await this.#steps.run(path, { op: "resolve" }), "path");
    const aside = inDirectory(directoryOf(target), asideName());
    return scriptAside(this.#steps, target, aside);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function scriptAside(steps: Steps, target: string, aside: string): OpenDestination {
  let isBegun = false;
  let lastWrite: Promise<void> = Promise.resolve();
  const write = async (data: Uint8Array): Promise<void> => {
    const { files, connection, elevation } = steps.end;
    await files.write(connection, aside, {
      elevation,
      onAside: () => {},
      request: {
        content: data,
        mode: isBegun ? "append" : "replace",
        makesDirectories: false,
        permissions: isBegun ? undefined : 0o600,
      },
    });
    isBegun = true;
  };
  return {
    write: (_offset, data) => lastWrite = write(data),
    commit: async ({ mode, modifyTime }, sizeBytes) => {
      await lastWrite;
      if (!isBegun) await write(new Uint8Array());
      const permissions = mode === undefined ? undefined : mode & 0o777;
      const name = nameOf(target);
      const said = await steps.run(aside, {
        op: "commit",
        name,
        sizeBytes,
        permissions,
        modifyTime,
      });
      return notesSaid(said, target);
    },
    discard: async () => {
      await lastWrite.catch(() => {});
      if (isBegun) await steps.run(aside, { op: "remove" }).catch(() => {});
    },
  };
}

function notesSaid(said: readonly ScriptLine[], path: string): readonly string[] {
  return said.filter(({ word }) => word === "note").map(({ rest }) =>
    rest === "times" ? `${path}: its time could not be set` : `${path}: was of ${rest}`
  );
}

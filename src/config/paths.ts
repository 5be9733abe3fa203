import { SshError } from "../errors.ts";
import { conceal } from "./conceal.ts";
import type { Expander } from "./ssh_config/expand.ts";
import { hideSecret, type Overrides, sortHidden } from "./overrides.ts";
import { lowerCase } from "./ssh_config/pattern.ts";
import { DEFAULT_IDENTITIES } from "./printed_settings.ts";
import type { IdentityFile, ResolvedHost } from "./resolved_host.ts";
import type { Settings } from "./ssh_config/settings.ts";
import type { ParsedTarget } from "./target.ts";

/** Names of files that ssh prints as written and expands only to connect. */
export interface ExpandedPaths {
  readonly identityFiles: readonly IdentityFile[];
  readonly certificateFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly revokedHostKeysFile: string | undefined;
  readonly hidden: ResolvedHost["hidden"];
  /** A name that cannot be expanded; ssh prints it, but does not connect. */
  readonly refusal: SshError | undefined;
}

/** The source of a key that is named outright. */
export interface KeyOrigin {
  readonly overrides: Overrides;
  readonly target: ParsedTarget;
  readonly settings: Settings;
}

/** Expands them. Keys stand in order of trial: the call's, then those of the files or defaults. */
export function readPaths(origin: KeyOrigin, expander: Expander): ExpandedPaths {
  const { overrides, settings, target } = origin;
  const named = settings.values("identityfile");
  const explicit = overrides.identityFile ?? target.keyFilename;
  if (explicit !== undefined) {
    settings.replace("identityfile", [explicit, ...named]);
  }
  let identityFiles: readonly IdentityFile[] = [];
  let certificateFiles: readonly string[] = [];
  let globalKnownHostsFiles: readonly string[] = [];
  let revokedHostKeysFile: string | undefined;
  let refusal: SshError | undefined;
  let hidden = overrides.hidden;
  try {
    const first = explicit === undefined ? [] : [expander.tilde("key_filename", explicit)];
    if (overrides.identityFile !== undefined) {
      hidden = sortHidden([...hidden, ...first.map(hideSecret)]);
    }
    identityFiles = expandIdentities(first, { named, expander });
    certificateFiles = settings.values("certificatefile")
      .filter((path) => lowerCase(path) !== "none")
      .map((path) => expander.path("certificatefile", path));
    globalKnownHostsFiles = settings.values("globalknownhostsfile")
      .map((path) => expander.tilde("globalknownhostsfile", path));
    revokedHostKeysFile = settings.values("revokedhostkeys")
      .map((path) => expander.path("revokedhostkeys", path))[0];
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    refusal = error.reworded(conceal(error.message, hidden).text);
  }
  const files = { identityFiles, certificateFiles, globalKnownHostsFiles, revokedHostKeysFile };
  return { ...files, hidden, refusal };
}

// Keys of hardware tokens and XMSS need programs or libraries that we do not have.
const UNUSABLE_DEFAULT = /_sk$|_xmss$/;

function expandIdentities(
  first: readonly string[],
  { named, expander }: { readonly named: readonly string[]; readonly expander: Expander },
): readonly IdentityFile[] {
  const isDefault = first.length + named.length === 0;
  const texts = isDefault
    ? DEFAULT_IDENTITIES.filter((path) => !UNUSABLE_DEFAULT.test(path))
    : named;
  const paths = texts.filter((path) => lowerCase(path) !== "none")
    .map((path) => expander.path("identityfile", path));
  return [...new Set([...first, ...paths])].map((path) => ({ path, named: !isDefault }));
}

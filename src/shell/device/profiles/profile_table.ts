import { InputError } from "../../../errors.ts";
import { BUILT_IN_PROFILES } from "./built_in_profiles.ts";
import { nearestNames } from "../../../config/nearest_names.ts";
import type { DeviceProfile } from "./profile.ts";

/** The families that a server knows: the operator's own first, then the built-in ones. */
export class ProfileTable {
  readonly profiles: readonly DeviceProfile[];

  /** `own`: profiles of the operator; one with a built-in's id takes its place. */
  constructor(own: readonly DeviceProfile[] = []) {
    const ids = new Set(own.map(({ id }) => id));
    this.profiles = [...own, ...BUILT_IN_PROFILES.filter(({ id }) => !ids.has(id))];
  }

  /** The profile that drives what no other row fits. */
  get generic(): DeviceProfile {
    return this.profiles.find(({ id }) => id === "generic")!;
  }

  /** The host with the login name that its device reads terminal settings from (RouterOS). */
  asLogin<Host extends { readonly user: string; readonly deviceType?: string | undefined }>(
    host: Host,
  ): Host {
    const suffix = host.deviceType && this.find(host.deviceType)?.userSuffix;
    return suffix && !host.user.includes("+") ? { ...host, user: host.user + suffix } : host;
  }

  /**
   * The profile of that id or alias; case, `_`, `.` and `-` do not matter ("cisco_ios" is "ios").
   *
   * @throws {InputError} When there is none; names those nearest to it.
   */
  get(name: string): DeviceProfile {
    const found = this.find(name);
    if (found !== undefined) return found;
    const names = this.profiles.flatMap(({ id, aliases }) => [id, ...aliases]);
    throw new InputError(
      `No device profile is called "${name.slice(0, 80)}"`,
      `The nearest names are ${nearestNames(plain(name), names, { plain }).join(", ")}; ` +
        `the families are ${this.profiles.map(({ id }) => id).join(", ")}`,
    );
  }

  /** As {@link get}, or undefined. */
  find(name: string): DeviceProfile | undefined {
    const wanted = plain(name);
    // netmiko has each of its names a second time with "_ssh" behind it.
    return this.#named(wanted) ?? this.#named(wanted.replace(/ssh$/, ""));
  }

  #named(wanted: string): DeviceProfile | undefined {
    return this.profiles.find(({ id }) => plain(id) === wanted) ??
      this.profiles.find(({ aliases }) => aliases.some((alias) => plain(alias) === wanted));
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]/g, "");
}

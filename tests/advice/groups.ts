import { COMMAND_STATES } from "./command_states.ts";
import { DEVICE_GROUP } from "./device_group.ts";
import { DOWNLOAD_GROUP } from "./download_group.ts";
import { DURABLE_STATES } from "./durable_states.ts";
import { FILE_STATES } from "./file_states.ts";
import { HOST_GROUPS } from "./host_groups.ts";
import { HOST_STATES } from "./host_states.ts";
import { LOGIN_GROUPS } from "./login_groups.ts";
import { ODD_COMMAND_STATES } from "./more_command_states.ts";
import { SFTP_GROUPS } from "./sftp_groups.ts";
import { SIGNAL_STATES } from "./signal_states.ts";
import type { StateGroup } from "./state.ts";
import { POWERSHELL_GROUP, WINDOWS_GROUPS } from "./windows_groups.ts";

const FORWARD = { MCP_SSH_FORWARD: "1" };

/** Every state that `advice_test.ts` drives. */
export const STATE_GROUPS: readonly StateGroup[] = [
  { title: "commands", states: COMMAND_STATES },
  { title: "odd states of commands", states: [...ODD_COMMAND_STATES, ...SIGNAL_STATES] },
  { title: "durable commands", states: DURABLE_STATES },
  { title: "files", states: FILE_STATES },
  { title: "hosts", env: FORWARD, states: HOST_STATES },
  ...LOGIN_GROUPS,
  ...HOST_GROUPS,
  ...SFTP_GROUPS,
  DOWNLOAD_GROUP,
  DEVICE_GROUP,
  ...WINDOWS_GROUPS,
  POWERSHELL_GROUP,
];

/**
 * Advice whose state another test reaches: `path below src: words`, and that test's file; or `none:`
 * and the fault that no test makes.
 */
export const ELSEWHERE: readonly (readonly [advice: string, test: string])[] = [
  ["jobs/store.ts: put long input into a file by write_file", "bench/load_bench.ts"],
  [
    "shell/posix/shell_errors.ts: Answer it with send_input",
    "none: a prompt as of a shell where nothing proves who reads",
  ],
  ["fleet/fleet_runs.ts: Wait for them, or stop one: ", "fleet/fleet_runs_test.ts"],
  ["copy/download_events.ts: Pack it first", "end_to_end/copy_download_test.ts"],
  ["copy/download_events.ts: read_file shows it", "end_to_end/copy_download_test.ts"],
  ["copy/download_events.ts: Call copy_file again", "none: two minutes without a fetch"],
  ["jobs/job.ts: please report this", "none: an internal error"],
  ["mcp/durable/attached.ts: logs in first", "advice/advice_test.ts"],
  ["mcp/open_sessions.ts: makes room; open there: ", "advice/advice_test.ts"],
  ["mcp/command/advice.ts: runs in this inner shell", "advice/advice_test.ts"],
  ["session/logins.ts: as in the call that opened it", "advice/advice_test.ts"],
  ["session/registry.ts: have changed since its last one", "advice/advice_test.ts"],
  ["mcp/tools/interrupt_command_by_id.ts: not even SIG", "none: a process that not even KILL ends"],
  [
    "session/foreground.ts: Send INT, or close_session",
    "none: a group that ends while it is asked for",
  ],
  ["session/session.ts: Send INT, or close_session", "none: a shell that reports no process id"],
  ["sftp/file_errors.ts: bounded by timeout", "sftp/remote_files_faults_test.ts"],
  ["sftp/file_errors.ts: Do it with execute_command", "sftp/remote_files_faults_test.ts"],
  ["sftp/file_errors.ts: Try it with execute_command", "sftp/remote_files_faults_test.ts"],
  ["sftp/remote_files.ts: run icacls with execute_command", "sftp/remote_files_windows_test.ts"],
  ["sftp/script/script_run.ts: Use execute_command", "sftp/remote_files_test.ts"],
  ["sftp/script/script_run.ts: where questions can be answered", "sftp/script/script_run_test.ts"],
  [
    "sftp/script/script_run.ts: Try again, or use execute_command",
    "sftp/script/script_run_test.ts",
  ],
  ["sftp/script/script_run.ts: or su with execute_command", "none: a host without sudo and doas"],
  ["sftp/unsafe_path.ts: execute_command with sudo -u", "end_to_end/hostile_users_test.ts"],
  [
    "shell/device/device_shell.ts: type it to the running command",
    "shell/device/device_shell_test.ts",
  ],
  ["shell/device/enable.ts: Check enable_command", "shell/device/enable_test.ts"],
  ["shell/exec_shell.ts: each command runs by itself", "end_to_end/no_terminal_test.ts"],
  ["shell/posix/shell_errors.ts: its prompt alone tells", "end_to_end/odd_shell_states_test.ts"],
  ["shell/posix/shell_errors.ts: If it is a network device: ", "end_to_end/deaf_reader_test.ts"],
  [
    "shell/powershell/powershell_errors.ts: answers a program that reads",
    "end_to_end/powershell_control_test.ts",
  ],
  [
    "shell/powershell/powershell_errors.ts: shows what the command has printed",
    "end_to_end/powershell_control_test.ts",
  ],
  [
    "shell/powershell/powershell_shell.ts: PowerShell without a terminal",
    "end_to_end/powershell_test.ts",
  ],
  [
    "shell/powershell/powershell_shell.ts: Begin one with execute_command",
    "end_to_end/powershell_control_test.ts",
  ],
  [
    "transport/connection.ts: Use execute_command instead",
    "none: an SFTP server that ends between two requests",
  ],
  [
    "transport/sftp/sftp_errors.ts: Use execute_command instead",
    "transport/sftp/sftp_client_test.ts",
  ],
  [
    "transport/sftp/sftp_packets.ts: Use execute_command instead",
    "transport/sftp/sftp_client_bounds_test.ts",
  ],
  [
    "transport/sftp/sftp_packets.ts: check which program serves SFTP",
    "transport/sftp/sftp_client_bounds_test.ts",
  ],
];

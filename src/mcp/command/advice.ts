import type { Job } from "../../jobs/job.ts";

/** The call that answers what a job asks; "" when it asks nothing. */
export function answerAdvice({ id, record: { state } }: Job): string {
  if (state.kind !== "awaiting-input") return "";
  switch (state.question.kind) {
    case "password":
    case "passphrase":
      return `send_input(command_id="${id}", input_text="…", secret=true) answers it`;
    case "pager":
      return `send_keys(command_id="${id}", keys="<space>") shows more, keys="q" leaves`;
    case "press-key":
      return `send_keys(command_id="${id}", keys="<enter>") goes on`;
    case "shell":
      return `the next execute_command runs in this inner shell; its command "exit" leaves it`;
    case "host-key":
    case "yes-no":
    case "text":
      return `send_input(command_id="${id}", input_text="…") answers it`;
  }
}

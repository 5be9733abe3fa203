/** Advice that is given while a person is asked, or has the keyboard; `person_test.ts` drives it. */
export const PERSON_ADVICE = {
  asked: ["mcp/command/command_reply.ts: a person is asked whether it may run: "],
  "input meanwhile": ["mcp/command/commands.ts: wait=50) waits for the answer"],
  "a secret in the text": ["mcp/permit/action.ts: Leave the secret out of it: sudo_password"],
  "gone on meanwhile": ["mcp/permit/command_permit.ts: shows where it is now"],
  "another shell": ["mcp/fleet/fleet_call.ts: then run it again"],
  "a closed host": ["mcp/listed_hosts.ts: list_hosts names the hosts that may be"],
  held: ["mcp/command/command_reply.ts: a person has the keyboard of this session"],
  "left to a person": [
    "mcp/tools/send_input_or_ask_person.ts: by_person=true, wait=50) waits for it",
  ],
} as const;

/** The same response, with a call when its body was sent, failed or is wanted no more; once. */
export function whenOver(response: Response, onOver: () => void): Response {
  const { body, status, headers } = response;
  if (body === null) {
    onOver();
    return response;
  }
  const reader = body.getReader();
  let isOver = false;
  const end = (): void => {
    if (!isOver) onOver();
    isOver = true;
  };
  const passed = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { value, done } = await reader.read();
        if (value !== undefined) controller.enqueue(value);
        if (!done) return;
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel: async (reason) => {
      end();
      await reader.cancel(reason);
    },
  });
  return new Response(passed, { status, headers });
}

/** A point where work waits until the test opens it, and where the test sees that work has come. */
export function holdable() {
  let arrive = () => {};
  let open = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    reached,
    open: () => open(),
    pass: (): Promise<void> => {
      arrive();
      return opened;
    },
  };
}

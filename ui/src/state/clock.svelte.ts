/** The present, for relative times. */
export class Clock {
  now = $state(Date.now());

  /** Keeps the present present; the answer ends that. */
  start(): () => void {
    const timer = setInterval(() => {
      this.now = Date.now();
    }, 20_000);
    return () => {
      clearInterval(timer);
    };
  }
}

/** How far the first minute has come. It goes on once begun, also when what was chosen brings the first suggestion. */

export type Step = 'choose' | 'notices' | 'done';

export class Welcome {
  /** True from the first sight of a Perch that watches nothing until the user has seen it through. */
  running = $state(false);
  step = $state<Step>('choose');

  begin(): void {
    this.running = true;
  }

  /** The step after this one; notices are only tried where there is a desktop to show them. */
  next(desktop: boolean): void {
    this.step = this.step === 'choose' && desktop ? 'notices' : 'done';
  }

  /** Chooses more. */
  again(): void {
    this.step = 'choose';
  }

  end(): void {
    this.running = false;
    this.step = 'choose';
  }
}

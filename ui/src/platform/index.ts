/** Finds out which program the panel runs in. */
import { http } from './http';
import { inDesktop, tauri } from './tauri';
import type { Platform } from './types';

export type { Desktop, Goal, Platform } from './types';
export { goalIn, isOpenable } from './address';

/** Sample data is for development: released panels do not contain it. */
const SAMPLES = import.meta.env.DEV || import.meta.env.MODE === 'sample';

export async function platform(): Promise<Platform> {
  if (inDesktop()) return tauri();
  const query = new URLSearchParams(location.search);
  if (SAMPLES && (query.has('fake') || import.meta.env.MODE === 'sample')) {
    const { fake } = await import('./fake');
    return fake({ scene: query.get('scene') ?? 'busy', now: Date.now() });
  }
  return http();
}

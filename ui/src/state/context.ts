/** How components reach the panel's state and the program they run in. */
import { createContext } from 'svelte';
import type { Platform } from '../platform';
import type { Panel } from './panel.svelte';

export const [panelHere, providePanel] = createContext<Panel>();
export const [platformHere, providePlatform] = createContext<Platform>();

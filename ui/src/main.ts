/** Starts the panel in the program it finds itself in. */
import { mount } from 'svelte';
import App from './App.svelte';
import { platform } from './platform';
import { applyTheme } from './state/theme';
import { asked } from './locale';
import './style.css';

applyTheme('system');
if (asked.endsWith('rtl')) document.documentElement.dir = 'rtl';
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no place for the panel');
mount(App, { target, props: { platform: await platform() } });

/**
 * The world the tests look at: two git folders, watched by a real `perch serve`, in which builds passed and
 * failed. Strangers' words in it are as bad as strangers' words get.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Page, test as base } from '@playwright/test';

const ROOT = resolve(import.meta.dirname, '../..');
const PERCH = process.env['PERCH_BIN'] ?? join(ROOT, 'target/debug/perch');

/** What a log, a path or a branch may hold when somebody means ill. */
export const HOSTILE = [
  '<script>document.title = "owned"</script>',
  '<img src=x onerror="document.title=\'owned\'">',
  '<svg onload="document.title=\'owned\'"><style>body{display:none}</style></svg>',
  '\u202egnp.exe\u202c \u2066isolated\u2069 \u200bzero',
  'w'.repeat(50_000),
];

const SOUND = `#![deny(unused_mut)]\n\nfn main() {\n    let name = "world";\n    println!("hello {name}");\n}\n`;

export class World {
  readonly #home = mkdtempSync(join(tmpdir(), 'perch-e2e-'));
  /** Programs that stand in for the user's own. */
  readonly programs = join(this.#home, 'bin');
  #serve: ChildProcess | undefined;
  /** Where the panel is, with its token until that is used. */
  address = '';

  async start(): Promise<void> {
    if (!existsSync(this.programs)) this.#editor();
    this.address = '';
    const serve = spawn(PERCH, ['serve', '--port', '0'], {
      cwd: this.#home,
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#serve = serve;
    for await (const line of createInterface({ input: serve.stdout })) {
      if (!line.startsWith('http://')) continue;
      this.address = line.trim();
      break;
    }
    if (!this.address) throw new Error('perch serve ended before it said where its panel is');
  }

  /** What the editor was last told, a word a line; empty before. */
  said(): string {
    const file = join(this.#home, 'said');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Where a repository of this world is. */
  folder(name: string): string {
    return join(this.#home, name);
  }

  /** An editor that writes down what it is told. */
  #editor(): void {
    mkdirSync(this.programs);
    const said = join(this.#home, 'said');
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${said}.new && mv ${said}.new ${said}\n`;
    writeFileSync(join(this.programs, 'code'), script, { mode: 0o755 });
  }

  /** Builds pass and fail, in a Rust crate, in a shell script, and in a log that means ill. */
  seed(): void {
    const greeter = this.#repository('greeter', {
      'Cargo.toml': '[package]\nname = "greeter"\nversion = "0.1.0"\nedition = "2024"\n',
      'Cargo.lock': 'version = 4\n\n[[package]]\nname = "greeter"\nversion = "0.1.0"\n',
      '.gitignore': '/target\n',
      'src/main.rs': SOUND,
    });
    this.#exec(greeter, ['cargo', 'build']);
    this.#change(
      greeter,
      { 'src/main.rs': SOUND.replace('let name', 'let mut name') },
      'Make room for a name',
    );
    this.#exec(greeter, ['cargo', 'build']);

    const shop = this.#repository('shop', {
      'pass.sh': 'echo all is well\n',
      'check.sh':
        "echo \"src/cart.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.\"\nexit 2\n",
      'hostile.sh': `cat hostile.txt\nexit 1\n`,
      'hostile.txt': HOSTILE.map((line) => `error: ${line}\n`).join(''),
      'long.sh':
        'i=0; while [ $i -lt 20000 ]; do echo "step $i of the long job"; i=$((i+1)); done\necho "error: the last step failed"; exit 1\n',
    });
    for (const script of ['pass.sh', 'check.sh', 'hostile.sh', 'long.sh']) this.#exec(shop, ['sh', script]);
  }

  /** One build that fails with a log of 200,001 lines. */
  seedLong(): void {
    const job = this.#repository('job', {
      'long.sh':
        'i=0; while [ $i -lt 200000 ]; do echo "step $i of the long job"; i=$((i+1)); done\necho "error: the last step failed"; exit 1\n',
    });
    this.#exec(job, ['sh', 'long.sh']);
    // Whatever reads from here on finds the suggestion.
    const waits = 'until perch suggestions | grep -q "last step"; do sleep 0.2; done';
    execFileSync('timeout', ['120', 'sh', '-c', waits.replace('perch', PERCH)], { env: this.#env() });
  }

  /** The database. */
  get database(): string {
    return join(this.#home, 'perch/data/perch.db');
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ends Perch; what it stored stays. */
  async stop(): Promise<void> {
    const serve = this.#serve;
    if (serve && serve.exitCode === null) {
      const ended = once(serve, 'exit');
      serve.kill('SIGTERM');
      await ended;
    }
  }

  #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      CARGO_TARGET_DIR: undefined,
      // Programs of the tests' own come first; nothing of theirs looks at the screen.
      PATH: `${this.programs}:${process.env['PATH'] ?? ''}`,
      DISPLAY: ':0',
      // Without a bus there is no keychain and no toast that could reach somebody.
      DBUS_SESSION_BUS_ADDRESS: undefined,
      PERCH_HOME: join(this.#home, 'perch'),
      PERCH_LISTEN: '127.0.0.1:0',
    };
  }

  #repository(name: string, files: Record<string, string>): string {
    const folder = join(this.#home, name);
    mkdirSync(folder);
    this.#git(folder, 'init', '--quiet', '--initial-branch', 'main');
    this.#git(folder, 'config', 'user.name', 'Ada');
    this.#git(folder, 'config', 'user.email', 'ada@example.com');
    this.#change(folder, files, 'Begin');
    execFileSync(PERCH, ['watch', folder], { env: this.#env(), stdio: 'ignore' });
    return folder;
  }

  #change(folder: string, files: Record<string, string>, message: string): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    this.#git(folder, 'add', '.');
    this.#git(folder, 'commit', '--quiet', '--message', message);
  }

  #git(folder: string, ...words: string[]): void {
    execFileSync('git', words, { cwd: folder });
  }

  #exec(folder: string, command: string[]): void {
    const { error } = spawnSync(PERCH, ['exec', '--', ...command], {
      cwd: folder,
      env: this.#env(),
      stdio: 'ignore',
    });
    if (error) throw error;
  }
}

interface Shared {
  world: World;
  /** The cookies that opened the panel once, since its token is good for one visit. */
  cookies: Parameters<import('@playwright/test').BrowserContext['addCookies']>[0];
}

export const test = base.extend<{ panel: Page }, Shared>({
  world: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the needed fixtures from this pattern.
    async ({}, use) => {
      const world = new World();
      await world.start();
      try {
        world.seed();
        await use(world);
      } finally {
        await world.end();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  cookies: [
    async ({ world, browser }, use) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(world.address);
      // What the tests look at has come down the road.
      await page.locator('[data-test=suggestion-row]').nth(3).waitFor({ timeout: 60_000 });
      const cookies = await context.cookies();
      await context.close();
      await use(cookies);
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  panel: async ({ world, cookies, context, page }, use) => {
    await context.addCookies(cookies);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(new URL('/', world.address).href);
    await page.getByTestId('suggestion-row').first().waitFor();
    await use(page);
    base.expect(errors, 'errors of the page').toEqual([]);
  },
});
export { expect } from '@playwright/test';

/** The views, each with the way there and what stands there once it is drawn. */
export const VIEWS: Record<string, (panel: Page) => Promise<void>> = {
  inbox: (panel) => panel.getByTestId('suggestion-row').first().waitFor(),
  suggestion: async (panel) => {
    await panel.getByTestId('suggestion-title').filter({ hasText: 'src/main.rs' }).click();
    await panel.getByTestId('diff').waitFor();
  },
  events: async (panel) => {
    await panel.keyboard.press('2');
    await panel.getByTestId('event-row').first().waitFor();
  },
  history: async (panel) => {
    await panel.keyboard.press('3');
    await panel.getByTestId('list').waitFor();
  },
  insights: async (panel) => {
    await panel.keyboard.press('4');
    await panel.getByTestId('insights-rules').waitFor();
  },
  documents: async (panel) => {
    await panel.keyboard.press('5');
    await panel.getByTestId('document-kind').selectOption('adr');
    await panel.getByTestId('document-argument').fill('Keep ranges as text');
    await panel.getByTestId('document-make').click();
    await panel.getByTestId('document-preview').waitFor();
  },
  filters: async (panel) => {
    await panel.keyboard.press('6');
    await panel.getByTestId('filter-add').click();
    await panel.getByTestId('filter-event_type').fill('repo.build');
    await panel.getByTestId('filter-try').click();
    await panel.getByTestId('trial').waitFor();
  },
  settings: async (panel) => {
    await panel.getByTestId('settings').click();
    await panel.getByTestId('setting-theme').waitFor();
  },
  commands: async (panel) => {
    await panel.keyboard.press('Control+k');
    await panel.getByTestId('command').first().waitFor();
  },
  help: async (panel) => {
    await panel.keyboard.press('?');
    await panel.getByTestId('help').waitFor();
  },
};

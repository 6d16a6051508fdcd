/** Models, profile and vibes of the sample Perch. */
import { CallError } from '../../ipc/call';
import type { Models } from '../../ipc/gen/Models';
import type { ModelView } from '../../ipc/gen/ModelView';
import type { Profile } from '../../ipc/gen/Profile';
import type { SetModel } from '../../ipc/gen/SetModel';
import type { VibeConfig } from '../../ipc/gen/VibeConfig';
import type { ChangeVibe } from '../../ipc/gen/ChangeVibe';
import type { Vibes } from '../../ipc/gen/Vibes';

const local: ModelView = {
  name: 'qwen3',
  provider: 'ollama',
  model: 'qwen3:14b',
  base_url: 'http://127.0.0.1:11434',
  enabled: true,
  context_tokens: 32_000,
  price: { input: 0, output: 0 },
  has_key: false,
  standing: { state: 'well' },
  forbidden: null,
};

const vibe: VibeConfig = {
  name: 'default',
  playfulness: 20,
  revenue_focus: 30,
  investor_perspective: 10,
  custom_instructions: '',
  selected_atoms: [],
  auto_suggest: true,
  approval_required: true,
  logging_level: 'info',
};

export class FakeModels {
  models: ModelView[] = [local];
  profile: Profile = {
    role: 'backend engineer',
    vertical: '',
    stack: ['Rust'],
    tone: 'plain',
    risk_tolerance: '',
    kpi_focus: '',
    perspective: '',
    brand_voice: '',
    company_context: '',
    preferred_models: [],
    time_zone: '',
  };
  vibes: VibeConfig[] = [vibe, { ...vibe, name: 'release week', playfulness: 0 }];
  active = 'default';

  all(): Models {
    return {
      models: this.models,
      providers: [
        {
          id: 'anthropic',
          about: {
            name: 'Anthropic',
            default_base_url: 'https://api.anthropic.com',
            local: false,
            key_page: 'https://platform.claude.com/settings/keys',
            example: 'claude-sonnet-5',
          },
        },
        {
          id: 'ollama',
          about: {
            name: 'Ollama',
            default_base_url: 'http://127.0.0.1:11434',
            local: true,
            key_page: '',
            example: 'qwen3:8b',
          },
        },
      ],
      limits: {
        calls_per_day: 200,
        dollars_per_day: 2,
        dollars_per_month: 20,
        dollars_per_suggestion: 0.5,
      },
      calls_today: 12,
      dollars_today: 0,
      dollars_this_month: 0,
      policy: null,
    };
  }

  set({
    name = null,
    provider = null,
    model = null,
    base_url = null,
    key = null,
  }: Partial<SetModel>): Models {
    if (!provider || !model) throw new CallError('invalid', 'a model needs a provider and a name');
    const called = name ?? model.replaceAll(/[^a-z0-9]/g, '-');
    const made: ModelView = {
      ...local,
      name: called,
      provider,
      model,
      base_url: base_url ?? '',
      has_key: key !== null,
      standing: { state: 'unasked' },
    };
    this.models = [...this.models.filter((one) => one.name !== called), made];
    return this.all();
  }

  remove(name: string): Models {
    this.models = this.models.filter((one) => one.name !== name);
    return this.all();
  }

  listed(): Vibes {
    return { vibes: this.vibes, active: this.active };
  }

  change({ change = 'use', name = '', vibe: put = null }: Partial<ChangeVibe>): Vibes {
    if (change === 'use') this.active = name;
    if (change === 'remove') this.vibes = this.vibes.filter((one) => one.name !== name);
    if (change === 'put' && put)
      this.vibes = [...this.vibes.filter((one) => one.name !== name), { ...put, name }];
    return this.listed();
  }
}

/** Stands for the provider's library, which comes from npm: leave this file behind when you copy the folder. */
interface Request {
  model: string;
  prompt: string;
  stream?: boolean;
}

class Chat {
  readonly #client: Skeleton;

  constructor(client: Skeleton) {
    this.#client = client;
    Object.defineProperty(this, 'client', { value: client });
  }

  async create(request: Request): Promise<unknown> {
    const response = await fetch(`${this.#client.baseURL}/chat`, { method: 'POST', body: JSON.stringify(request) });
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    return request.stream ? lines(response) : response.json();
  }

  /** Calls `create` inside. */
  async stream(request: Request): Promise<unknown> {
    return this.create({ ...request, stream: true });
  }

  countBones(): number {
    return 206;
  }
}

export class Skeleton {
  readonly baseURL: string;
  readonly chat = new Chat(this);

  constructor({ baseURL = 'https://skeleton.example' }: { apiKey?: string; baseURL?: string }) {
    this.baseURL = baseURL;
  }
}

async function* lines(response: Response): AsyncGenerator<unknown> {
  let rest = '';
  for await (const bytes of response.body!) {
    rest += new TextDecoder().decode(bytes);
    const whole = rest.split('\n');
    rest = whole.pop()!;
    for (const line of whole) yield JSON.parse(line);
  }
}

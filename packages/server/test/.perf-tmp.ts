import { encodeSpans } from '/work/main/packages/server/test/otlp-reference.ts';
import { makeWireSpan } from '/work/main/packages/server/test/make-wire-span.ts';
import { readTraces } from '/work/main/packages/server/src/otlp/read-traces.ts';
import { understand } from '/work/main/packages/server/src/understand.ts';
import { loadPrices } from '/work/main/packages/facts/src/index.ts';
const prices = await loadPrices();
const spans = Array.from({length:500},(_, i)=>makeWireSpan({spanId:(i+1).toString(16).padStart(16,'0'), attributes:{
 'gen_ai.operation.name':'chat','gen_ai.provider.name':'openai','gen_ai.request.model':'gpt-4o','gen_ai.response.model':'gpt-4o-2024-08-06','gen_ai.response.id':'chatcmpl-'+i,
 'gen_ai.usage.input_tokens':1200+i,'gen_ai.usage.output_tokens':300,'gen_ai.response.finish_reasons':['stop'],'gen_ai.request.temperature':0.5,'server.address':'api.openai.com','server.port':443,
 'gen_ai.agent.name':'crew','tally.role':'writer','tally.tenant':'acme','gen_ai.input.messages':'x'.repeat(700),'gen_ai.output.messages':'y'.repeat(500)}, resource:{'service.name':'s'}}));
for (const f of ['protobuf','json'] as const) {
  // one resource with all spans
  const body = encodeSpans(spans,f);
  for (let r=0;r<3;r++){ const t=performance.now(); let n=0; for(let k=0;k<100;k++) for (const s of readTraces(body,f)) n++; const dt=performance.now()-t; console.log(f, body.length, 'bytes', (dt/100).toFixed(2),'ms/body', Math.round(n/dt*1000),'spans/s'); }
}
const body = encodeSpans(spans,'protobuf');
for (let r=0;r<3;r++){ const t=performance.now(); let n=0; for(let k=0;k<50;k++) for (const s of readTraces(body,'protobuf')) { understand(s as any, prices); n++;} const dt=performance.now()-t; console.log('read+understand', Math.round(n/dt*1000),'spans/s'); }

// A page with the hook: one of two models, a button, and what is heard.

import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useClassifier, useListener } from './use-listener.js';

const models = ['./spoken-digits', './ten-sounds'];

function Listener({ model }: { readonly model: string }) {
  const [listening, setListening] = useState(false);
  const { classifier, error: whyNoModel } = useClassifier(model);
  const { labels, error: whyDeaf } = useListener(classifier, { listening });
  const error = whyNoModel ?? whyDeaf;
  return (
    <section>
      <button type="button" disabled={!classifier} onClick={() => setListening(!listening)}>
        {listening ? 'Stop' : 'Listen'}
      </button>
      <p role="status">{classifier ? classifier.device : error ? '' : 'Loading…'}</p>
      {error && <p role="alert">{error.message}</p>}
      <ol>
        {labels.map(({ label, score }) => (
          <li key={label}>
            {label} {Math.round(100 * score)} %
          </li>
        ))}
      </ol>
    </section>
  );
}

function App() {
  const [model, setModel] = useState(new URLSearchParams(location.search).get('model') ?? models[0]!);
  const [shown, setShown] = useState(true);
  return (
    <main>
      <label>
        Model{' '}
        <select value={model} onChange={({ target }) => setModel(target.value)}>
          {[...new Set([...models, model])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        <input type="checkbox" checked={shown} onChange={({ target }) => setShown(target.checked)} /> Shown
      </label>
      {shown && <Listener model={model} />}
    </main>
  );
}

createRoot(document.querySelector('#app')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

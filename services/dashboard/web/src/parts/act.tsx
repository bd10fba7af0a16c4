// The button "I have this", on a call that nobody has acknowledged.
import { useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import type { Call } from '../lib/types';
import { markSeen } from '../lib/seen';
import { callKey, whatWhere } from '../lib/words';

export function IHaveThis(props: { call: Call; done: (call: Call) => void; long?: boolean }) {
    const [state, setState] = useState<'ready' | 'busy' | Refusal>('ready');
    const press = async () => {
        setState('busy');
        try {
            const { call } = await api.acknowledge(props.call);
            markSeen([callKey(call)]);
            props.done(call);
            setState('ready');
        } catch (e) {
            setState(e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.'));
        }
    };
    const about = whatWhere(props.call);
    return (
        <span class="act">
            <button
                type="button"
                class="button button-act"
                disabled={state === 'busy'}
                onClick={() => void press()}
                aria-label={`I have this: ${about}`}
            >
                {state === 'busy' ? 'One moment …' : 'I have this'}
                {props.long && <span class="act-about">{about}</span>}
            </button>
            {state instanceof Refusal && (
                <span class="act-refused" role="alert">
                    Not noted: {state.message} Press again.
                </span>
            )}
        </span>
    );
}

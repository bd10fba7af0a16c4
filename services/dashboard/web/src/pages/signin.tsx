// The page Sign in: one field at a time.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import { inAbout } from '../lib/clock';
import { forget } from '../lib/forget';
import { written } from '../lib/text';
import type { Session } from '../lib/types';

function said(refusal: Refusal): string {
    if (refusal.code === 'bad_credentials') return 'Login or password is not right.';
    if (refusal.status === 429 && refusal.retryAfter) return `${refusal.message} Try again ${inAbout(refusal.retryAfter)}.`;
    return refusal.message;
}

export function SignInPage({ entered, ended }: { entered: (session: Session) => void; ended: boolean }) {
    const [login, setLogin] = useState('');
    const [password, setPassword] = useState('');
    const [step, setStep] = useState<'login' | 'password'>('login');
    const [state, setState] = useState<'ready' | 'busy' | Refusal>('ready');
    const box = useRef<HTMLInputElement>(null);
    useEffect(() => {
        document.title = 'Sign in · Liaison';
    }, []);
    useEffect(() => {
        if (step === 'password') box.current?.focus();
    }, [step]);
    const press = async (e: Event) => {
        e.preventDefault();
        if (step === 'login') {
            if (written(login)) setStep('password');
            return;
        }
        setState('busy');
        try {
            const session = await api.signIn(written(login).toLowerCase(), password);
            forget(); // drops the data of the previous user
            entered(session);
        } catch (error) {
            setState(error instanceof Refusal ? error : new Refusal(0, 'internal', null, 'That did not work.'));
            setPassword('');
            box.current?.focus();
        }
    };
    return (
        <main class="signin" id="main">
            <div class="opening">
                <p class="product">Liaison</p>
                <h1 class="sentence">What is happening at your schools, and who has it.</h1>
            </div>
            <form onSubmit={(e) => void press(e)}>
                {ended && <p class="said">Your session has ended. Sign in and you are back where you were.</p>}
                {state instanceof Refusal && (
                    <p class="said said-wrong" role="alert">
                        {said(state)}
                    </p>
                )}
                <label for="login">Your login</label>
                <input
                    id="login"
                    name="username"
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck={false}
                    required
                    maxLength={120}
                    value={login}
                    onInput={(e) => setLogin(e.currentTarget.value)}
                />
                <div class={step === 'password' ? 'step' : 'step step-later'}>
                    <label for="password">Your password</label>
                    <input
                        id="password"
                        ref={box}
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required={step === 'password'}
                        maxLength={1024}
                        value={password}
                        onFocus={() => setStep('password')}
                        onInput={(e) => {
                            setPassword(e.currentTarget.value);
                            setStep('password');
                        }}
                    />
                </div>
                <button type="submit" class="button button-act" disabled={state === 'busy'}>
                    {step === 'login' ? 'Continue' : state === 'busy' ? 'One moment …' : 'Sign in'}
                </button>
            </form>
        </main>
    );
}

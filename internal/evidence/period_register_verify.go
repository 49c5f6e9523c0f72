package evidence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"handover/domain"
)

// register checks what stands outside of runs: the entries of the audit chain, what
// people said with them, that what is let be was agreed to, the policies' texts, and
// that every leaver has a row for every app of the policy.
func (p *periodVerifier) register() error {
	bound, agreed, last := map[int64]string{}, map[string]domain.AuditEvent{}, int64(0)
	if err := lines(p.verifier, registerName, func(s ShownEntry) error {
		if s.Entry.Seq <= last {
			return errors.New("verify pack: an entry of the register stands elsewhere")
		}
		last = s.Entry.Seq
		bound[s.Entry.Seq] = s.Entry.Event.ReasonHash
		if s.Entry.Event.Kind == domain.EventExceptionAgreed {
			agreed[s.Entry.Event.Facts["exception"]] = s.Entry.Event
		}
		return p.noteShown("", s, newRunProof())
	}); err != nil {
		return err
	}
	var said []domain.ReasonProof
	if err := p.read(registerSaid, &said); err != nil {
		return err
	}
	for _, r := range said {
		if bound[r.Seq] == "" || bound[r.Seq] != domain.Commitment(r.Salt, r.Text) {
			return fmt.Errorf("verify pack: the reason beside entry %d of the register is not the one that was given", r.Seq)
		}
	}
	for _, check := range []func() error{func() error { return p.exceptions(agreed) }, p.policies, p.apps} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// exceptions wants an event for each agreement of the period to let a finding be.
func (p *periodVerifier) exceptions(agreed map[string]domain.AuditEvent) error {
	var rows []ExceptionPart
	if err := p.read(exceptionsName, &rows); err != nil {
		return err
	}
	for _, x := range rows {
		if e := agreed[x.Exception]; x.Exception != "" && p.within(x.At) && (e.Actor != x.Who || e.At.Sub(x.At).Abs() > time.Second) {
			return errors.New("verify pack: a finding is said to be let be, and the audit chain does not say that two people agreed")
		}
	}
	return nil
}

// policies checks the texts against the hashes that name them.
func (p *periodVerifier) policies() error {
	for name, f := range p.files {
		hash, ok := isPolicy(name)
		if !ok || len(hash) != hex.EncodedLen(sha256.Size) {
			continue
		}
		if sum, err := sumOf(f); err != nil || sum != hash {
			return errors.Join(fmt.Errorf("verify pack: the text of the policy %s is another one", hash), err)
		}
	}
	return nil
}

func sumOf(f *zip.File) (string, error) {
	sum := sha256.New()
	err := readPart(f, func(r io.Reader) error { _, err := io.Copy(sum, r); return err })
	return hex.EncodeToString(sum.Sum(nil)), err
}

// apps wants a row for every leaver and app of the policy, with the outcome that the
// leaver's own row tells.
func (p *periodVerifier) apps() error {
	var rows []AppPart
	if err := p.read(appsName, &rows); err != nil {
		return err
	}
	apps, of := 0, p.part.Period
	for _, app := range of.Apps {
		if of.App == "" || of.App == app {
			apps++
		}
	}
	seen := map[[2]string]bool{}
	for _, r := range rows {
		seen[[2]string{r.Run, string(r.App)}] = true
		if p.outcomes[[2]string{r.Run, string(r.App)}] != r.Outcome && (p.outcomes[[2]string{r.Run, string(r.App)}] != "" || r.Outcome != OutcomeNotLooked) {
			return fmt.Errorf("verify pack: what became of %s in %s is not what its row says", r.Run, r.App)
		}
	}
	if len(rows) != apps*p.part.Leavers || len(seen) != len(rows) {
		return errors.New("verify pack: the apps of the policy are not told for every leaver")
	}
	return nil
}

package evidence

import (
	"errors"
	"fmt"
	"slices"

	"handover/domain"
)

// PeriodReport is what the pack of a period says when it verifies.
type PeriodReport struct {
	PeriodPart
	Sample []string `json:"sample"`
}

// period checks the pack of a period: the counts, the measurements, the sample, which
// anybody can draw again, and the names.
func (v *verifier) period() error {
	var part PeriodPart
	var leavers []LeaverPart
	var movers []MoverPart
	var hires []HirePart
	var sample SamplePart
	var exceptions []ExceptionPart
	for _, p := range []struct {
		name string
		into any
	}{{periodName, &part}, {leaversName, &leavers}, {moversName, &movers}, {populationName, &hires}, {sampleName, &sample}, {exceptionsName, &exceptions}} {
		if err := v.read(p.name, p.into); err != nil {
			return err
		}
	}
	if part.Format != periodFormat || part.Leavers != len(leavers) || part.Movers != len(movers) || part.Hires != len(hires) || part.Exceptions != len(exceptions) {
		return errors.New("verify pack: the counts of the period do not fit its lists")
	}
	if err := checkLeavers(part, leavers); err != nil {
		return err
	}
	runs := make([]string, 0, len(leavers))
	for _, l := range leavers {
		runs = append(runs, l.Run)
	}
	if sample.Seed != part.Period.Seed || sample.Of != len(runs) || !slices.Equal(sample.Runs, drawSample(sample.Seed, runs, sampleSize)) {
		return errors.New("verify pack: the sample is not the one that its seed draws")
	}
	v.report.Head, v.report.Period = part.Head, &PeriodReport{PeriodPart: part, Sample: sample.Runs}
	return v.people()
}

func checkLeavers(part PeriodPart, leavers []LeaverPart) error {
	late, open := 0, 0
	for _, l := range leavers {
		if l.Due.Before(part.Period.From) || !l.Due.Before(part.Period.To) {
			return fmt.Errorf("verify pack: the last moment of %s does not lie in the period", l.Run)
		}
		if at := lastMomentOf(domain.Run{LastMoment: l.Moment, StartedAt: l.StartedAt}); !at.Equal(l.Due) {
			return fmt.Errorf("verify pack: the last moment of %s is not the instant that it means", l.Run)
		}
		for _, m := range l.Removals {
			switch {
			case m.VerifiedAt.IsZero():
				open++
				if m.InTime {
					return fmt.Errorf("verify pack: a removal of %s is called in time and nothing verified it", l.Run)
				}
			case m.Elapsed != m.VerifiedAt.Sub(m.Due) || m.InTime != (m.Elapsed <= m.Limit):
				return fmt.Errorf("verify pack: the time of a removal of %s is not what its moments say", l.Run)
			case !m.InTime:
				late++
			}
		}
	}
	if late != part.Late || open != part.Open {
		return errors.New("verify pack: there are more or fewer late removals than were counted")
	}
	return nil
}
